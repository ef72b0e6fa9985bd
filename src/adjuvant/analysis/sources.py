"""The papers that the methods of the plan come from, as a report cites them."""

__all__ = ["CITATIONS", "cite"]

CITATIONS = {
    "aalen_johansen": "Aalen OO, Johansen S. Scand J Stat 1978;5:141-150",
    "breslow": "Breslow N. Biometrics 1974;30:89-99",
    "brookmeyer": "Brookmeyer R, Crowley J. Biometrics 1982;38:29-41",
    "consort": "Hopewell S, Chan AW, Collins GS, et al. BMJ 2025;389:e081123",
    "cox": "Cox DR. J R Stat Soc B 1972;34:187-220",
    "efron": "Efron B. J Am Stat Assoc 1977;72:557-565",
    "grambsch": "Grambsch PM, Therneau TM. Biometrika 1994;81:515-526",
    "gray": "Gray RJ. Ann Stat 1988;16:1141-1154",
    "kaplan_meier": "Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457-481",
    "karrison": "Karrison TG. Stata J 2016;16:678-690",
    "katz": "Katz D, Baptista J, Azen SP, Pike MC. Biometrics 1978;34:469-474",
    "klein": "Klein JP, Logan B, Harhoff M, Andersen PK. Stat Med 2007;26:4505-4519",
    "kmunicate": "Morris TP, Jarvis CI, Cragg W, et al. BMJ Open 2019;9:e030215",
    "mantel": "Mantel N. Cancer Chemother Rep 1966;50:163-170",
    "miettinen": "Miettinen O, Nurminen M. Stat Med 1985;4:213-226",
    "royston": "Royston P, Parmar MKB. BMC Med Res Methodol 2013;13:152",
    "schemper": "Schemper M, Smith TL. Control Clin Trials 1996;17:343-346",
    "uno": "Uno H, Claggett B, Tian L, et al. J Clin Oncol 2014;32:2380-2385",
    "wang": "Wang R, Lagakos SW, Ware JH, et al. N Engl J Med 2007;357:2189-2194",
    "wilson": "Wilson EB. J Am Stat Assoc 1927;22:209-212",
}


def cite(*keys: str) -> tuple[str, ...]:
    """Return the citations with these keys.

    >>> cite("cox")
    ('Cox DR. J R Stat Soc B 1972;34:187-220',)
    """
    return tuple(CITATIONS[key] for key in keys)
