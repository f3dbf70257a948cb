"""Names of people whom no sentence can harm: the made up, and the dead."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


INVENTED = _set("""
Sherlock Holmes Valjean Javert Raskolnikov Karenina Bovary Gatsby Vader Skywalker Voldemort Dumbledore Frodo Gandalf
Bilbo Baggins Quixote Panza Macbeth Hamlet Othello Iago Lear Falstaff Shylock Prospero Romeo Capulet Faust
Mephistopheles Crusoe Gulliver Eyre Heathcliff Earnshaw Bennet Darcy Wickham Copperfield Heep Micawber Scrooge
Magwitch Havisham Fagin Sikes Dodger Nickleby Pickwick Sawyer Ahab Ishmael Dracula Harker Frankenstein Jekyll Hyde
Poirot Marple Moriarty Ripley Humbert Dantès Cristo Pinocchio Munchausen Moreau Kurtz Marlow Samsa Dedalus Dalloway
Caulfield Loman DuBois Karamazov Myshkin Stavrogin Oblomov Bezukhov Rostova Lancelot Guinevere Merlin Mordred
Prometheus Odysseus Achilles Agamemnon Oedipus Antigone Medea Hercules Zeus Hera Loki Odin Thor Anansi Coyote Gretel
Hansel Rumpelstiltskin Bluebeard Rapunzel Wonderland Popeye Batman Superman Claus Kringle Godot Ubu Woyzeck Werther
Wonka Grinch Eeyore Pooh Snape Malfoy Corleone Lecter Kenobi Picard Spock Chigurh Lannister Baelish Soprano Palpatine
Thanos Söze Doe Roe Bloggs Everyman Mustermann
""")
"""Names of people whom somebody made up; one of these in a name is enough."""
LONG_DEAD = _set("""
Caesar Caligula Nero Napoleon Bonaparte Cleopatra Socrates Plato Aristotle Cicero Attila Charlemagne Shakespeare
Chaucer Machiavelli Borgia Medici Columbus Cortés Pizarro Cromwell Fawkes Pepys Leibniz Galilei Galileo Copernicus
Kepler Spinoza Kant Hegel Voltaire Rousseau Robespierre Marat Danton Mozart Beethoven Byron Keats Coleridge Wordsworth
Austen Brontë Dickens Thackeray Tolstoy Dostoevsky Melville Whitman Dickinson Thoreau Darwin Nietzsche Iscariot Pilate
Herod Confucius Saladin Rasputin Dreyfus Lavoisier Faraday Lovelace Turpin Defoe Boswell Goethe Schiller Balzac
Flaubert Zola Baudelaire Rimbaud Verlaine Wilde Kipling Lincoln Jefferson Burr Tubman Douglass Pocahontas Curie
Einstein Freud Nixon Hitler Stalin Mussolini Lenin Trotsky Goebbels Himmler Eichmann Pinochet Churchill Roosevelt
Gandhi Mandela Capone Ponzi Madoff Turing Orwell Kafka Proust Picasso Thatcher Reagan Savile Mao Woolf
""")
"""Surnames that mean somebody who is dead."""
LONG_DEAD_NAMES = _set("""
Benedict_Arnold Genghis_Khan Kublai_Khan Jesse_James Lizzie_Borden Ned_Kelly John_Wilkes_Booth Lee_Harvey_Oswald
Gilles_de_Rais Vlad_Tepes Catherine_Howard Anne_Boleyn Thomas_More Lucrezia_Borgia Titus_Oates Al_Capone Mata_Hari
Guy_Burgess Kim_Philby Alger_Hiss Julius_Rosenberg Ethel_Rosenberg Elizabeth_Báthory Elizabeth_Bathory Marco_Polo
Qin_Shi_Huang Vasco_da_Gama Francis_Drake Walter_Raleigh Edward_Teach Bernardo_Gui
""")
"""The same of whole names, for surnames that the living have, too."""
