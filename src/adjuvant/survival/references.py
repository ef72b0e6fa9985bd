"""The papers behind each result, in full, for a report's list of references."""

# ruff: noqa: E501  A reference stays on one line, as it is printed.

from typing import Any

__all__ = ["REFERENCES", "SOURCES", "references_of"]

REFERENCES = {
    "Aalen 1978": "Aalen O. Nonparametric inference for a family of counting processes. Ann Stat 1978;6:701-726.",
    "Aalen & Johansen 1978": "Aalen OO, Johansen S. An empirical transition matrix for non-homogeneous Markov chains based on censored observations. Scand J Stat 1978;5:141-150.",
    "Andersen 1982": "Andersen PK, Borgan O, Gill R, Keiding N. Linear nonparametric tests for comparison of counting processes, with applications to censored survival data. Int Stat Rev 1982;50:219-258.",
    "Andersen, Hansen & Klein 2004": "Andersen PK, Hansen MG, Klein JP. Regression analysis of restricted mean survival time based on pseudo-observations. Lifetime Data Anal 2004;10:335-350.",
    "Bebu & Lachin 2016": "Bebu I, Lachin JM. Large sample inference for a win ratio analysis of a composite outcome based on prioritized components. Biostatistics 2016;17:178-187.",
    "Breslow 1972": "Breslow NE. Discussion of the paper by D. R. Cox. J R Stat Soc B 1972;34:216-217.",
    "Breslow 1974": "Breslow N. Covariance analysis of censored survival data. Biometrics 1974;30:89-99.",
    "Brookmeyer & Crowley 1982": "Brookmeyer R, Crowley J. A confidence interval for the median survival time. Biometrics 1982;38:29-41.",
    "Brunner et al. 2021": "Brunner E, Vandemeulebroecke M, Muetze T. Win odds: an adaptation of the win ratio to include ties. Stat Med 2021;40:3367-3384.",
    "Cornfield 1956": "Cornfield J. A statistical problem arising from retrospective studies. Proc Third Berkeley Symp Math Stat Probab 1956;4:135-148.",
    "Cox 1972": "Cox DR. Regression models and life-tables. J R Stat Soc B 1972;34:187-220.",
    "Efron 1977": "Efron B. The efficiency of Cox's likelihood function for censored data. J Am Stat Assoc 1977;72:557-565.",
    "Efron 1982": "Efron B. The Jackknife, the Bootstrap and Other Resampling Plans. Philadelphia: SIAM; 1982.",
    "Fine & Gray 1999": "Fine JP, Gray RJ. A proportional hazards model for the subdistribution of a competing risk. J Am Stat Assoc 1999;94:496-509.",
    "Firth 1993": "Firth D. Bias reduction of maximum likelihood estimates. Biometrika 1993;80:27-38.",
    "Fisher 1935": "Fisher RA. The logic of inductive inference. J R Stat Soc 1935;98:39-82.",
    "Fleming & Harrington 1991": "Fleming TR, Harrington DP. Counting Processes and Survival Analysis. New York: Wiley; 1991.",
    "Gehan 1965": "Gehan EA. A generalized Wilcoxon test for comparing arbitrarily singly-censored samples. Biometrika 1965;52:203-223.",
    "Geskus 2011": "Geskus RB. Cause-specific cumulative incidence estimation and the Fine and Gray model under both left truncation and right censoring. Biometrics 2011;67:39-49.",
    "Grambsch & Therneau 1994": "Grambsch PM, Therneau TM. Proportional hazards tests and diagnostics based on weighted residuals. Biometrika 1994;81:515-526.",
    "Gray 1988": "Gray RJ. A class of K-sample tests for comparing the cumulative incidence of a competing risk. Ann Stat 1988;16:1141-1154.",
    "Greenland & Robins 1985": "Greenland S, Robins JM. Estimation of a common effect parameter from sparse follow-up data. Biometrics 1985;41:55-68.",
    "Greenwood 1926": "Greenwood M. The Natural Duration of Cancer. Reports on Public Health and Medical Subjects 33. London: HMSO; 1926.",
    "Hall & Wellner 1980": "Hall WJ, Wellner JA. Confidence bands for a survival curve from censored data. Biometrika 1980;67:133-143.",
    "Heinze & Schemper 2001": "Heinze G, Schemper M. A solution to the problem of monotone likelihood in Cox regression. Biometrics 2001;57:114-119.",
    "Kalbfleisch & Prentice 1980": "Kalbfleisch JD, Prentice RL. The Statistical Analysis of Failure Time Data. New York: Wiley; 1980.",
    "Kalbfleisch & Prentice 1981": "Kalbfleisch JD, Prentice RL. Estimation of the average hazard ratio. Biometrika 1981;68:105-112.",
    "Kalbfleisch & Prentice 2002": "Kalbfleisch JD, Prentice RL. The Statistical Analysis of Failure Time Data. 2nd ed. Hoboken: Wiley; 2002.",
    "Katz et al. 1978": "Katz D, Baptista J, Azen SP, Pike MC. Obtaining confidence intervals for the risk ratio in cohort studies. Biometrics 1978;34:469-474.",
    "Kaplan & Meier 1958": "Kaplan EL, Meier P. Nonparametric estimation from incomplete observations. J Am Stat Assoc 1958;53:457-481.",
    "Karrison 2016": "Karrison TG. Versatile tests for comparing survival curves based on weighted log-rank statistics. Stata J 2016;16:678-690.",
    "Klein, Logan, Harhoff & Andersen 2007": "Klein JP, Logan B, Harhoff M, Andersen PK. Analyzing survival curves at a fixed point in time. Stat Med 2007;26:4505-4519.",
    "Lawless & Nadeau 1995": "Lawless JF, Nadeau C. Some simple robust methods for the analysis of recurrent events. Technometrics 1995;37:158-168.",
    "Lee 2007": "Lee SH. On the versatility of the combination of the weighted log-rank statistics. Comput Stat Data Anal 2007;51:6557-6564.",
    "Lin & Wei 1989": "Lin DY, Wei LJ. The robust inference for the Cox proportional hazards model. J Am Stat Assoc 1989;84:1074-1078.",
    "Magirr & Burman 2019": "Magirr D, Burman CF. Modestly weighted logrank tests. Stat Med 2019;38:3782-3790.",
    "Mantel 1966": "Mantel N. Evaluation of survival data and two new rank order statistics arising in its consideration. Cancer Chemother Rep 1966;50:163-170.",
    "Mantel & Haenszel 1959": "Mantel N, Haenszel W. Statistical aspects of the analysis of data from retrospective studies of disease. J Natl Cancer Inst 1959;22:719-748.",
    "Miettinen & Nurminen 1985": "Miettinen O, Nurminen M. Comparative analysis of two rates. Stat Med 1985;4:213-226.",
    "Morris et al. 2019": "Morris TP, Jarvis CI, Cragg W, Phillips PPJ, Choodari-Oskooei B, Sydes MR. Proposals on Kaplan-Meier plots in medical research and a survey of stakeholder views: KMunicate. BMJ Open 2019;9:e030215.",
    "Nair 1984": "Nair VN. Confidence bands for survival functions with censored data: a comparative study. Technometrics 1984;26:265-275.",
    "Nelson 1972": "Nelson W. Theory and applications of hazard plotting for censored failure data. Technometrics 1972;14:945-966.",
    "Nelson 1988": "Nelson W. Graphical analysis of system repair data. J Qual Technol 1988;20:24-35.",
    "Newcombe 1998": "Newcombe RG. Interval estimation for the difference between independent proportions: comparison of eleven methods. Stat Med 1998;17:873-890.",
    "Pearson 1900": "Pearson K. On the criterion that a given system of deviations from the probable in the case of a correlated system of variables is such that it can be reasonably supposed to have arisen from random sampling. Philos Mag 1900;50:157-175.",
    "Peto & Peto 1972": "Peto R, Peto J. Asymptotically efficient rank invariant test procedures. J R Stat Soc A 1972;135:185-207.",
    "Pocock et al. 2012": "Pocock SJ, Ariti CA, Collier TJ, Wang D. The win ratio: a new approach to the analysis of composite endpoints in clinical trials based on clinical priorities. Eur Heart J 2012;33:176-182.",
    "Robins, Breslow & Greenland 1986": "Robins J, Breslow N, Greenland S. Estimators of the Mantel-Haenszel variance consistent in both sparse data and large-strata limiting models. Biometrics 1986;42:311-323.",
    "Rosenberger & Lachin 2016": "Rosenberger WF, Lachin JM. Randomization in Clinical Trials: Theory and Practice. 2nd ed. Hoboken: Wiley; 2016.",
    "Sato 1989": "Sato T. On the variance estimator for the Mantel-Haenszel risk difference. Biometrics 1989;45:1323-1324.",
    "Schemper & Smith 1996": "Schemper M, Smith TL. A note on quantifying follow-up in studies of failure time. Control Clin Trials 1996;17:343-346.",
    "Tarone 1975": "Tarone RE. Tests for trend in life table analysis. Biometrika 1975;62:679-682.",
    "Tarone & Ware 1977": "Tarone RE, Ware J. On distribution-free tests for equality of survival distributions. Biometrika 1977;64:156-160.",
    "Tian, Zhao & Wei 2014": "Tian L, Zhao L, Wei LJ. Predicting the restricted mean event time with the subject's baseline covariates in survival analysis. Biostatistics 2014;15:222-233.",
    "Tsiatis 1981": "Tsiatis AA. A large sample study of Cox's regression model. Ann Stat 1981;9:93-108.",
    "Turnbull 1976": "Turnbull BW. The empirical distribution function with arbitrarily grouped, censored and truncated data. J R Stat Soc B 1976;38:290-295.",
    "Uno et al. 2014": "Uno H, Claggett B, Tian L, et al. Moving beyond the hazard ratio in quantifying the between-group difference in survival analysis. J Clin Oncol 2014;32:2380-2385.",
    "Venzon & Moolgavkar 1988": "Venzon DJ, Moolgavkar SH. A method for computing profile-likelihood-based confidence intervals. Appl Stat 1988;37:87-94.",
    "Woolf 1955": "Woolf B. On estimating the relation between blood group and disease. Ann Hum Genet 1955;19:251-253.",
    "Yates 1934": "Yates F. Contingency tables involving small numbers and the chi-square test. Suppl J R Stat Soc 1934;1:217-235.",
    "Wang 2007": "Wang Y. On fast computation of the non-parametric maximum likelihood estimate of a mixing distribution. J R Stat Soc B 2007;69:185-198.",
}  # fmt: skip

SOURCES: dict[str, tuple[str, ...]] = {
    "AalenJohansen": ("Aalen & Johansen 1978", "Efron 1982"),
    "AtRisk": ("Morris et al. 2019",),
    "AverageHazardRatio": ("Kalbfleisch & Prentice 1981",),
    "BaselineHazard": ("Breslow 1972",),
    "ChiSquare": ("Pearson 1900", "Yates 1934"),
    "ConfidenceBand": ("Hall & Wellner 1980", "Nair 1984"),
    "CoxFit": ("Cox 1972",),
    "CumulativeHazard": ("Nelson 1972", "Aalen 1978"),
    "CumulativeIncidence": ("Kalbfleisch & Prentice 1980", "Gray 1988"),
    "FineGrayFit": ("Fine & Gray 1999", "Geskus 2011"),
    "FirthFit": ("Firth 1993", "Heinze & Schemper 2001"),
    "FisherExact": ("Fisher 1935", "Cornfield 1956"),
    "GrayTest": ("Gray 1988",),
    "IncidenceCurve": ("Kalbfleisch & Prentice 1980", "Gray 1988"),
    "InteractionTest": ("Cox 1972",),
    "KaplanMeier": ("Kaplan & Meier 1958", "Greenwood 1926"),
    "LogRank": ("Mantel 1966", "Peto & Peto 1972"),
    "MantelHaenszel": (
        "Mantel & Haenszel 1959",
        "Robins, Breslow & Greenland 1986",
        "Greenland & Robins 1985",
        "Sato 1989",
    ),
    "MaxCombo": ("Lee 2007", "Karrison 2016", "Fleming & Harrington 1991"),
    "MeanCumulative": ("Nelson 1988", "Lawless & Nadeau 1995"),
    "MilestoneDifference": ("Klein, Logan, Harhoff & Andersen 2007",),
    "ParametricFit": ("Kalbfleisch & Prentice 2002",),
    "PredictedSurvival": ("Breslow 1972", "Tsiatis 1981"),
    "ProfileLimits": ("Venzon & Moolgavkar 1988",),
    "Proportion": (),
    "ProportionalHazards": ("Grambsch & Therneau 1994",),
    "Quantiles": ("Kaplan & Meier 1958", "Brookmeyer & Crowley 1982"),
    "Rerandomisation": ("Rosenberger & Lachin 2016", "Peto & Peto 1972"),
    "RestrictedMean": ("Andersen, Hansen & Klein 2004",),
    "RmstDifference": ("Uno et al. 2014",),
    "SurvivalAt": ("Kaplan & Meier 1958", "Greenwood 1926"),
    "SurvivalCurve": ("Kaplan & Meier 1958", "Greenwood 1926"),
    "TrendLogRank": ("Tarone 1975",),
    "TurnbullCurve": ("Turnbull 1976", "Wang 2007"),
    "WeightedLogRank": (),
    "WinRatio": ("Pocock et al. 2012", "Bebu & Lachin 2016", "Brunner et al. 2021"),
}

_TIES = {"efron": ("Efron 1977",), "breslow": ("Breslow 1974",), "exact": ()}
_WEIGHTS = {
    "FlemingHarrington": ("Fleming & Harrington 1991",),
    "Gehan": ("Gehan 1965",),
    "TaroneWare": ("Tarone & Ware 1977",),
    "PetoPeto": ("Peto & Peto 1972",),
    "ModifiedPetoPeto": ("Andersen 1982",),
    "ModestlyWeighted": ("Magirr & Burman 2019",),
}
_PROPORTIONS = {
    "Miettinen-Nurminen score": ("Miettinen & Nurminen 1985",),
    "Newcombe, hybrid score": ("Newcombe 1998",),
    "Mantel-Haenszel, Sato": ("Mantel & Haenszel 1959", "Sato 1989"),
    "Mantel-Haenszel, RBG": ("Mantel & Haenszel 1959", "Robins, Breslow & Greenland 1986"),
    "Mantel-Haenszel, Greenland-Robins": ("Mantel & Haenszel 1959", "Greenland & Robins 1985"),
    "Katz, log": ("Katz et al. 1978",),
    "Woolf, log": ("Woolf 1955",),
}


def references_of(result: Any) -> tuple[str, ...]:
    """Return the full references (any number) of the methods that made a result.

    >>> from adjuvant.core import TimeToEvent
    >>> from adjuvant.survival import log_rank
    >>> references_of(log_rank(TimeToEvent([1, 2], [1, 1], arm=[0, 1])))[0][:13]
    'Mantel N. Eva'
    """
    name = type(result).__name__
    keys = SOURCES[name]
    if name == "CoxFit":
        keys += _TIES[result.ties] + (("Lin & Wei 1989",) if result.robust else ())
    elif name == "WeightedLogRank":
        keys += _WEIGHTS[type(result.weight).__name__]
    elif name == "RmstDifference" and result.adjusted is not None:
        keys += ("Tian, Zhao & Wei 2014",)
    elif name == "Quantiles" and result.of == "follow_up":
        keys += ("Schemper & Smith 1996",)
    elif name == "Proportion":
        keys += _PROPORTIONS.get(result.method, ())
    return tuple(REFERENCES[key] for key in keys)
