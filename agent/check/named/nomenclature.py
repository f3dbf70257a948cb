"""Words by which the name of a person is told from other words that begin with a capital."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


GIVEN = _set("""
Aaron Abdul Abdullah Abigail Abraham Ada Adaeze Adam Adele Aditya Adolf Adrian Adriana Adrián Agatha Agnes Ahmad Ahmed
Aisha Akira Alan Alana Albert Alberto Aldous Alejandra Alejandro Aleksandr Alessandra Alessandro Alex Alexander
Alexandra Alexandre Alexei Alexis Alfonso Alfred Ali Alice Alicia Alina Alison Allan Allen Allison Alma Alois Alvin
Amadou Amal Amanda Amara Amartya Amelia Amina Amit Amos Amy Amélie Ana Ananya Anastasia Anatole Anaïs Anders Andrea
Andreas Andrei Andrew Andrzej André Andy Angela Angelica Angelina Angus Anita Ann Anna Annabel Anne Annegret Annette
Annie Ansel Anselm Anthony Antoine Anton Antonia Antonio António Anwar Aoife Archibald Ariana Arjun Armin Arnold
Arthur Arturo Arun Asha Ashley Astrid Audrey August Augusta Augustus Aung Aurélie Ava Ayaan Ayesha Ayn Aziz Baptiste
Barack Barbara Barry Bart Bashar Beatrice Beatrix Beatriz Ben Benazir Benedetta Benedict Benito Benjamin Bernadette
Bernard Bernardo Bernhard Bernie Bert Bertha Berthold Bertolt Bertrand Bessie Beth Betsy Betty Bill Billie Bjarne
Blaise Blanche Bob Bonnie Boris Brad Brandon Brenda Brendan Brett Brian Bridget Brigitte Britney Bruce Bruno Bryan
Caitlin Calvin Camilla Camille Carl Carla Carlo Carlos Carlotta Carmen Carol Carole Caroline Carolyn Carrie Caspar
Catalina Catherine Cathy Cecil Cecilia Cedric Celeste Celia Cem Cesar Chad Chandra Charlene Charles Charlie Charlotte
Chelsea Chen Cheng Cheryl Chiara Chidi Chimamanda Chinua Chloe Chris Christa Christian Christiane Christina Christine
Christoph Christopher Cindy Claire Clara Clarence Clarice Clarissa Clark Claude Claudia Claudio Claus Clayton Clement
Cleo Cliff Clifford Clint Clive Clyde Colette Colin Colleen Connor Conrad Constance Consuelo Cora Cordelia Cormac
Cornelia Cornelius Craig Cristina Curtis Cynthia Cyril Cédric Céline Daisy Dale Dalia Damian Damien Dan Dana Daniel
Daniela Danielle Danny Daphne Dario Darren Daryl Dave David Deborah Deepak Deirdre Delia Demis Denise Dennis Denzel
Derek Desmond Detlef Devon Diana Diane Dick Didier Diego Dieter Dietrich Dilip Dimitri Dinah Dmitri Dmitry Dolores
Dominic Dominique Donald Donatella Donna Dora Doris Dorothea Dorothy Doug Douglas Duncan Dwight Dylan Earl Ed Edgar
Edith Edmond Edmund Eduard Eduardo Edward Edwin Egon Eileen Elaine Eleanor Elena Eli Elias Elijah Elinor Elisa
Elisabeth Elisabetta Elise Eliza Elizabeth Ella Ellen Ellie Elliot Elon Elsa Elsie Elvis Emil Emile Emilia Emiliano
Emilio Emily Emma Emmanuel Emmeline Enid Enrico Enrique Enzo Eric Erica Erich Erik Erika Erin Ernest Ernst Erwin
Esperanza Esteban Estelle Esther Ethan Ethel Euan Eugene Eugenia Eva Evan Eve Evelyn Evo Ezra Fabian Fabio Fabrice
Faisal Farah Fatima Federico Felicity Felipe Felix Ferdinand Fernanda Fernando Fidel Fiona Flannery Florence Floyd
Frances Francesca Francesco Francis Francisco Franco Frank František Franz François Françoise Fred Freda Frederic
Frederick Freya Frida Friedhelm Friedrich Fritz Fyodor Gabriel Gabriela Gabriele Gabriella Gail Galina Gareth Gary
Gaston Gavin Gemma Gene Genevieve Geoff Geoffrey Georg George Georges Georgia Georgina Gerald Geraldine Gerard Gerda
Gerhard Gertrude Gianluca Gianni Gideon Gilbert Gilda Giles Gilles Gillian Gina Giorgio Giovanni Gisela Giulia
Giuseppe Gladys Glen Glenn Gloria Gordon Gottfried Graham Greg Gregor Gregory Greta Guillaume Guillermo Gunnar Gustav
Gustave Guy Gwen Gwendolyn Günter Haile Hannah Hans Harold Harriet Harrison Harry Haruki Harvey Hassan Hattie Hayden
Hazel Heather Hector Heidi Heike Heinrich Helen Helena Helene Helga Helmut Henri Henrietta Henrik Henry Herbert Herman
Hermann Hernán Hilary Hilda Hildegard Hillary Hiroshi Holger Homer Honoré Horace Howard Hubert Hugh Hugo Humphrey Hyun
Hélène Ian Ibrahim Ida Ignacio Ignasi Igor Iker Ilaria Ilya Imani Imelda Immanuel Imran Indira Ines Inga Ingeborg
Ingrid Inés Ira Irene Irina Iris Irma Isaac Isabel Isabella Isabelle Isadora Isaiah Ismail Ivan Ivor Jack Jackie
Jackson Jacob Jacqueline Jacques Jaime Jair Jake James Jamie Jan Jane Janet Janice Janine Jared Jason Jasper Javier
Jay Jean Jeanne Jeannette Jeff Jefferson Jeffrey Jenna Jennifer Jenny Jeremiah Jeremy Jerome Jerry Jesse Jessica Jill
Jim Jimmy Jin Joan Joanna Joanne Joaquim Joaquín Jodie Joe Joel Johan Johann Johanna Johannes John Johnny Jon Jonas
Jonathan Jordi Jorge Josef Josefina Joseph Josephine Joshua José Joy Joyce João Juan Juana Juanita Judith Judy Jules
Julia Julian Juliana Julie Julien Juliet Juliette Julio Julius June Justin Jutta Jürgen Kai Kamal Kamala Kamila Kanye
Karen Karim Karin Karl Karla Kate Katharina Katherine Kathleen Kathryn Kathy Katie Katrina Kay Kazuo Keiko Keith Kelly
Kelvin Ken Kenji Kenneth Kevin Khaled Khalid Kim Kimberly Kiran Klara Klaus Kofi Konrad Konstantin Krishna Kristen
Kristin Kristina Krzysztof Kumar Kurt Kwame Kyle Lana Lance Lara Larry Lars Laszlo Latisha Laura Lauren Laurence
Laurie Lavinia Lawrence Leah Leanne Lee Leila Leland Len Lena Leo Leon Leonard Leonardo Leonora Leopold Leroy Leslie
Lester Lev Lewis Li Liam Liesel Lila Lilian Lillian Lily Lin Linda Lindsay Linus Lionel Lisa Liz Lloyd Lois Lola
Lorenzo Loretta Lorna Lorraine Lou Louis Louisa Louise Luc Luca Lucas Lucia Lucian Luciano Lucie Lucille Lucinda Lucy
Lucía Ludger Ludwig Luigi Luis Luisa Lukas Luke Lula Luther Lydia Lyndon Lynn Lászlo László Léon Mabel Mae Maggie
Mahatma Mahmoud Maja Malala Malcolm Malik Mandy Manfred Manuel Mara Marc Marcel Marcello Marcia Marcin Marco Marcus
Margaret Margarethe Margarita Margery Margot Marguerite Maria Mariam Marian Marianne Marie Marilyn Marina Marine Mario
Marion Marissa Marjorie Mark Markus Marlene Marlon Marsha Marshall Marta Martha Martin Martina Martín Marvin Mary
Maryam Massimo Mateo Mateusz Mathilde Matilda Matt Matteo Matthew Matthias Maud Maura Maureen Maurice Mavis Max Maxim
Maximilian Maxine Maya Megan Mehmet Mei Melanie Melinda Melissa Melvin Mercedes Meredith Meryl Mia Michael Michaela
Michal Michel Michelle Miguel Mikael Mike Mikhail Mildred Milena Miles Millicent Milo Milton Mina Ming Mira Miranda
Miriam Mitchell Mohamed Mohammad Mohammed Mohandas Moira Mollie Molly Mona Monica Monique Montserrat Morgan Morris
Moses Muammar Muhammad Muriel Murray Mustafa Myra Myrtle Nadia Nadine Nancy Naomi Narendra Narges Nasser Natalia
Natalie Natasha Nathan Nathaniel Neil Nell Nelly Nelson Ngozi Nguyen Nicholas Nick Nicola Nicolas Nicole Nicolás Niels
Nigel Nikita Nikola Nikolai Nils Nina Nkechi Noah Noam Noel Nora Norah Norbert Norma Norman Octavia Olaf Ole Olga Oliver
Olivia Olivier Oluwaseun Omar Oprah Orhan Orlando Orson Osama Oscar Oskar Osman Otto Owen Pablo Paige Pamela Paolo
Patricia Patrick Paul Paula Paulina Pauline Paulo Pavel Pearl Pedro Peggy Penelope Percy Peter Petra Phil Philip
Philippa Philippe Phillip Phoebe Phyllis Piero Pierre Pieter Pilar Piotr Polly Prakash Primo Priscilla Priya Qasim
Quentin Quincy Rabindranath Rachel Rafael Rainer Raj Rajesh Ralf Ralph Ramesh Ramon Randall Randy Raphael Raquel
Rashid Ravi Ray Raymond Rebecca Recep Regina Reginald Reiner Reinhold Renata René Reuben Rex Ricardo Richard Rick Rita
Rob Robert Roberta Roberto Robin Robyn Rocío Rodney Rodrigo Roger Rohan Roland Rolf Roman Ron Ronald Rosa Rosalie
Rosalind Rosamund Rosanna Rosario Rose Rosemary Ross Rowan Roxana Roy Ruben Rubén Rudolf Rudolph Rudyard Rufus Rupert
Rupi Russell Ruth Ryan Sabine Sabrina Sachin Saddam Sadie Saeed Sahra Sally Salman Salvador Sam Samantha Samira Samuel
Sandra Sandro Sandy Sanjay Santiago Sara Sarah Sasha Saskia Satoshi Satya Saul Scott Sean Sebastian Selena Selma
Serena Serge Sergei Sergey Sergio Seth Shakira Shannon Sharon Shaun Sheila Shelley Shirley Sidney Siegfried Siegmund
Sigmund Sigrid Silas Silvia Silvio Simon Simone Sinclair Sirimavo Sofia Soledad Solomon Solène Sonia Sonya Sophia
Sophie Soren Srinivasa Stacy Stan Stanislav Stanisław Stanley Stefan Stefania Stefano Stella Stephanie Stephen Steve
Steven Stewart Stuart Subhas Sue Sundar Sunil Suresh Susan Susanna Susie Suzanne Sven Svetlana Sybil Sylvia Ségolène
Sören Søren Tamara Tania Tanya Tariku Tariq Tatiana Taylor Tayyip Ted Terence Teresa Terrence Terry Tess Thabo
Thaddeus Thea Thelma Theo Theodor Theodora Theodore Theresa Thierry Thomas Thorsten Tiffany Tim Timothy Tina Titus
Tobias Toby Todd Tom Tommy Tomás Toni Tony Torsten Tracy Travis Trevor Tristan Tristram Troy Truman Tyler Ulrich
Ulrike Umberto Upton Ursel Ursula Uwe Vaclav Valentin Valentina Valeria Valerie Vanessa Vera Vernon Veronica Vicente
Vicky Victor Victoria Vijay Vikram Viktor Vincent Vincenzo Viola Violet Virgil Virginia Vita Vito Vivian Viviane
Vladimir Volker Volodymyr Václav Wallace Walt Walter Waltraud Wanda Warren Wassily Wayne Wei Wendell Wendy Werner
Wesley Wilbur Wilfred Wilhelm Wilhelmina Will Willa Willem William Willie Willy Wilma Winifred Winston Wolfgang
Wolfram Woodrow Xavier Xi Xiang Yan Yang Yann Yasmin Yasser Yevgeny Yoko Yolanda Yosef Yuki Yuri Yusuf Yves Yvette
Yvonne Zachary Zadie Zahra Zara Zeynep Zhang Zoe Zora Zsofia Álvaro Édith Élise Étienne Íñigo Siobhan Siobhán
""")
"""Given names of many places, by which a full name is known."""

TITLES = _set("""
Prime Vice Deputy Attorney Chief CEO CFO CTO Chairman Chairwoman Mr Mrs Ms Miss Dr Prof Sir Dame Mme Mlle Herr Frau
Señor Señora Monsieur Madame Madam Lord Lady Hon Rev Sen Rep Gov Gen Col Capt Lt Sgt Professor Doctor Judge Justice
Senator Congressman Congresswoman Representative Governor Mayor President Chancellor Premier Minister Secretary
Ambassador Councillor Councilwoman Councilman Alderman Commissioner Sheriff Inspector Detective Officer Sergeant
Lieutenant Captain Major Colonel General Admiral Commander Marshal Reverend Bishop Archbishop Cardinal Pope Rabbi Imam
Pastor Sister King Queen Prince Princess Duke Duchess Count Countess Baron Baroness Emperor Empress Tsar Kaiser Coach
Abgeordneter Abgeordnete Bürgermeister Bürgermeisterin Bundeskanzler Bundeskanzlerin Ministerin Professorin Richter
Richterin Pfarrer Präsident Präsidentin Oberbürgermeister Ministerpräsident Staatsanwalt Direktor Direktorin Landrat
Landrätin Stadtrat Stadträtin Senatorin Kanzler Kanzlerin Rektor Rektorin Schulleiter Schulleiterin
""")
PUBLIC = _set("""
CEO CFO CTO Chairman Chairwoman Senator Congressman Congresswoman Representative Governor Mayor President Chancellor
Premier Minister Secretary Ambassador Councillor Councilwoman Councilman Commissioner Sheriff Judge Justice Professor
Prof Dr Doctor Sen Rep Gov Coach Officer Archbishop Bishop Cardinal Pastor Detective Abgeordneter Abgeordnete
Bürgermeister Bürgermeisterin Bundeskanzler Bundeskanzlerin Ministerin Professorin Richter Richterin Pfarrer Präsident
Präsidentin Oberbürgermeister Ministerpräsident Staatsanwalt Direktor Direktorin Landrat
Landrätin Stadtrat Stadträtin Senatorin Kanzler Kanzlerin Rektor Rektorin Schulleiter Schulleiterin
""")
"""Titles with which one name is enough to say who is meant."""
PARTICLES = _set("van von de da di del della der den du des dos la le el al bin ibn ben ter ten zu zur af av y wa ap")

NOT_A_NAME = _set("""
The A An And But Or Nor So Yet For If When While As At By In Into On Onto To From With Without Of Off Over Under After
Before Since Until Because Although Though Once Then There Here This That These Those It Its He She They We You I Me
My Your His Her Their Our Who What Which Where Why How Not No Yes Never Always Perhaps Maybe Even Only Just Still Also
Too Both Each Every Some Any All None Most Many Few Several Such Other Another First Second Third Last Next Now Today
Tomorrow Yesterday Dear Thank Thanks Hello Like Unlike Let See Consider Imagine Suppose Was Were Is Are Be Been Am Do
Does Did Has Have Had Can Could Will Would Shall Should May Might Must Says Said Poor Old Young Little Great Big Good
Saint St Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April June July August
September October November December Spring Summer Autumn Winter Christmas Easter North South East West Northern
Southern Eastern Western New Upper Lower Mount Lake Cape Fort Port Street Avenue Road Lane Square Place Park Garden
Gardens Hill Hills River Valley Bay Island Islands Beach Bridge County City Town Village State States Republic Kingdom
Empire Union House Hall Castle Palace Abbey Church Cathedral Chapel Temple Mosque School College University Institute
Academy Library Museum Gallery Theatre Theater Hospital Prison Station Airport Hotel Inn Court Committee Council
Commission Congress Parliament Senate Department Ministry Bureau Office Agency Foundation Society Association Club
League Party Company Corporation Inc Ltd Corp Co Group Bank Fund Press Review Journal Times Post Gazette News Magazine
Prize Award Medal Act Law Laws Amendment Treaty Constitution Declaration War Revolution Battle Reformation Renaissance
Age Ages Era Century Day Night Week Month Year Eve Effect Theorem Theory Test Conjecture Principle Equation Model
Method Machine Engine Number Numbers Sequence Problem Paradox Razor Hypothesis Protocol Code Standard Language Project
Program Programme Service Services System Systems Center Centre Building Tower Towers Room Book Books Chapter Volume
Part Song Songs Poem Poems Letter Letters Essay Essays Story Stories Tales Tale Novel Symphony Sonata Opera Concerto
Suite Waltz Show Band Orchestra Quartet Trio Brothers Sisters Family God Lord Heaven Hell American English British
French German Italian Spanish Russian Chinese Japanese Indian Greek Roman Latin Jewish Christian Catholic Protestant
Muslim Buddhist European African Asian Australian Canadian Mexican Irish Scottish Welsh Dutch Polish Swedish Danish
Norwegian Turkish Arab Arabic Persian Egyptian America England Britain France Germany Italy Spain Russia China Japan
India Greece Rome Europe Africa Asia Australia Canada Mexico Ireland Scotland Wales Holland Poland Sweden Denmark
Norway Turkey Egypt Israel Iran Iraq Brazil Argentina Chile Peru Cuba London Paris Berlin Vienna Moscow York Boston
Chicago Washington California Texas Carolina Dakota Hampshire Jersey Zealand Guinea Korea Francisco Angeles Petersburg
Anthropic OpenAI Google DeepMind Microsoft Apple Amazon Meta Opus Sonnet Haiku Instant Claude GPT Gemini Llama Mistral
AI Internet Web Wikipedia Unicode Python Java Linux Windows Markdown Atom Bible Koran Torah Psalm Genesis Exodus
Testament Gospel Almighty Nature Time Death Love Truth Justice Beauty Reason Science Art Music History Philosophy
Mathematics Memory Silence Hope Fear Light Dark Sea Ocean Sun Moon Earth World Universe Harbor Harbour Falls Creek
Electric Motors Dynamics Semiconductor Server Commerce Tech Line Conquest Grey Dream Nation Nations People Peoples
""") - {"Washington", "Paris"}
"""Words with a capital that belong to no person's name: beginnings of sentences, places, works, houses, days."""
SURNAMES_TOO = _set("""
Young West Day Law Hill Hall Lane Park Church Little Good Love Hope Light North May King Bishop Pope Marshal Court
Temple Castle Fields Field Wood Woods Stone Snow Rivers Waters Brown Black White Green Gray Best Long Short Small
Strong Price Cook Friend Rich Sharp Case Bush Banks Ford Page Winter Summer Spring Winters Summers East England
Ireland French English Holland Fear Day-Lewis Club Bank
""")
"""Words of these that are surnames too, behind a given name that is no place."""
PLACES_TOO = _set("""
Virginia Victoria Florence Charlotte Georgia Jordan Austin Alexandra Albert Elizabeth Adelaide Geneva Paris Sydney
Chelsea Carolina Christian Norman Pearl Earl Mercedes Dale Cliff Troy Orlando Jackson Lincoln Jefferson Christina
Helena Diego Jack
""")
"""Given names that as often name a place or a thing."""
STARTS = _set("""
And But Or So Yet For If When While As At By In On To From With Of After Before Since Until Because Although Though
Once Then There Here This That It He She They We You Who What Which Where Why How Not No Yes Perhaps Maybe Even Only
Just Still Also Both Now Today Tomorrow Yesterday Dear Poor Old Young Little Great Like Unlike Let Did Was Were Is Are
Had Has Have Can Could Will Would Should May Might Must Said Says Later Earlier Meanwhile Thus Hence Indeed Instead
Again Finally Suddenly Inside Outside Between Against Through During About Around Near Beside Behind Every Enter Ask
Take Read Call Meet Remember Consider Imagine Suppose Thank Quoting Citing Following Unfortunately Fortunately
Naturally However Therefore Whereas Whether My Your His Her Our Their Its The A An Some Many Most Last Next First
Early Late Oh O Ah Der Die Das Den Dem Ein Eine Le La Les El Los Un Une Und Aber Wenn
""")

NO_PERSON = _set("""
San Santa Santo Los Las El La Le Les Rio Tierra Buenos Hong Tel Abu Kuala Sri Costa Puerto Sierra Monte Santiago Addis
Phnom Baton Notre Champs Côte Ivory Boko Haram Qaeda Goldman Sachs Wells Fargo Lehman Merrill Deutsche Credit Suisse
Volkswagen Enron Monsanto Khmer Rouge Klan Klux Cosa Nostra Cartel Brigades Brigade Army Navy Police Guard Guards Legion
Hurricane Typhoon Cyclone Tropical Storm Operation Red Black White Green Golden Sperm Whale Whales Shark Bear Wolf Lion
Uncle Aunt Auntie Cousin Grandpa Grandma Granny Father Mother Brother Papa Mama Nurse Saint Mister Mistress Master
Capitol Pentagon Kremlin Hollywood Wall Silicon Pfizer Purdue Pharma Boeing Exxon Chevron Shell Nestlé Toyota Samsung
Facebook Twitter Uber Tesla Theranos Media Labs Capital Holdings Partners Industries Studios Records Pictures Airlines
Motor Oil Gas Energy Steel Insurance Securities Trust Health Care Foods Brothers Sons Republicans Democrats Nazis
Soviets Romans Greeks Mongols Vikings Spaniards Conquistadors Crusaders Ottomans Empire
""")
"""Words of which no unfamiliar name consists: places, firms, bands, storms, beasts, and what stories call people."""
