"""Telephone numbers that states keep free for stories, and those of offices: they reach no person.

Ranges by Ofcom (United Kingdom), NANPA (North America), ACMA (Australia), Arcep (France), Bundesnetzagentur (Germany).
"""

import re

STORIES = re.compile(
    r"""
    1\d{3}555(?:01\d\d|(?!1212)\d{4})             # North America: 555
    | 44(?:1632960\d{3}|11[34567]4960\d{3}|1[2345]14960\d{3}|1614960\d{3}|1914980\d{3}|2079460\d{3}|2896496\d{3}
        |2920180\d{3}|7700900\d{3}|8081570\d{3}|9098790\d{3}|3069990\d{3})
    | 61(?:[2378](?:5550|7010)\d{4}|491570\d{3}|1800975\d{3}|1300975\d{3})
    | 33(?:19900|26191|35301|46571|53649|63998)\d{4}
    | 49(?:3023125|6990009|4066969|22147\d\d|8999998)\d{2,5}
    | 49(?:15228(?:817386|895456)|15254599371|1729925904|1729968532|1729973185|1729973186|1729980752|17139200\d\d
        |17604069\d{3})
    """,
    re.VERBOSE,
)


def is_for_stories(e164: str) -> bool:
    """Whether a number, its country's code first and nothing but digits, is kept free for stories."""
    return STORIES.fullmatch(e164) is not None
