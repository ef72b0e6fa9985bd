"""Every survival quantity of the reference format: how it is computed, which columns it uses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adjuvant.validation import survival_competing as competing
from adjuvant.validation import survival_curves as curves
from adjuvant.validation import survival_models as models
from adjuvant.validation import survival_tests as tests
from adjuvant.validation.asking import Unsupported
from adjuvant.validation.cases import Case, CaseFile
from adjuvant.validation.survival_counts import counts

__all__ = ["Quantity", "compute", "survival_quantities"]

Compute = Callable[[Case, CaseFile], dict[str, Any]]
_ROLES = ("by", "strata", "covariates", "interactions", "cluster")
_MODEL = ("strata", "covariates", "interactions", "cluster")


@dataclass(frozen=True)
class Quantity:
    """How a quantity is computed, and which roles of columns it knows; others are unsupported."""

    compute: Compute
    uses: tuple[str, ...] = ()


def survival_quantities() -> dict[str, Quantity]:
    """Return the quantities by name.

    >>> survival_quantities()["kaplan_meier"].uses
    ('by',)
    """
    by, arms = ("by",), ("by", "strata")
    table = {
        "kaplan_meier": Quantity(curves.kaplan_meier, by),
        "survival_at": Quantity(curves.survival_at, by),
        "survival_quantile": Quantity(curves.survival_quantile, by),
        "reverse_kaplan_meier": Quantity(curves.reverse_kaplan_meier, by),
        "nelson_aalen": Quantity(curves.nelson_aalen, by),
        "rmst": Quantity(curves.restricted_mean, by),
        "mean_cumulative_function": Quantity(curves.mean_cumulative_function, ("by", "cluster")),
        "log_rank": Quantity(tests.log_rank, arms),
        "stratified_log_rank": Quantity(tests.log_rank, arms),
        "max_combo": Quantity(tests.max_combo, arms),
        "rmst_difference": Quantity(tests.rmst_difference, ("by", "covariates")),
        "milestone_difference": Quantity(tests.milestone_difference, by),
        "proportional_hazards_test": Quantity(models.proportional_hazards_test, _MODEL),
        "interaction": Quantity(models.interaction, _MODEL),
        "profile_likelihood_ci": Quantity(models.profile_likelihood_ci, _MODEL),
        "cox_baseline_hazard": Quantity(models.cox_baseline_hazard, _MODEL),
        "cox_residuals": Quantity(models.cox_residuals, _MODEL),
        "parametric_survival": Quantity(models.parametric_survival, ("covariates", "interactions")),
        "cumulative_incidence": Quantity(competing.cumulative_incidence, by),
        "aalen_johansen": Quantity(competing.aalen_johansen, by),
        "gray_test": Quantity(competing.gray_test, arms),
        "fine_gray": Quantity(competing.fine_gray, ("covariates", "interactions")),
    }
    for name in (
        *("fleming_harrington", "gehan", "tarone_ware", "peto_peto", "modified_peto_peto"),
        "modestly_weighted_log_rank",
    ):
        table[name] = Quantity(tests.weighted_log_rank, arms)
    for name in (
        *("cox", "subgroup", "landmark", "cause_specific_cox", "andersen_gill"),
        *("pwp_total_time", "pwp_gap_time", "wei_lin_weissfeld"),
    ):
        table[name] = Quantity(models.cox, _MODEL)
    for name in (
        *("risk_difference", "relative_risk", "fisher_exact", "chi_square"),
        "miettinen_nurminen",
    ):
        table[name] = Quantity(counts)
    return table


def compute(case: Case, file: CaseFile) -> dict[str, Any]:
    """Return what the public functions give for a case, shaped as its `expected`.

    Raises    Unsupported for a quantity, an option or a role of columns that nothing computes, and
              whatever the functions themselves raise.
    """
    quantity = survival_quantities().get(case.quantity)
    if quantity is None:
        raise Unsupported(f"no quantity {case.quantity!r} is known")
    for role in _ROLES:
        if getattr(case, role) and role not in quantity.uses:
            raise Unsupported(f"{case.quantity} uses no {role}")
    return quantity.compute(case, file)
