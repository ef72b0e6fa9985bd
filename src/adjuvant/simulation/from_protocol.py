"""The scenarios that a protocol describes: the trial as planned, without an effect, and others."""

from collections.abc import Iterable
from dataclasses import dataclass

from adjuvant.core import InvalidInput
from adjuvant.design.from_protocol import design_from_protocol, scenario_names
from adjuvant.design.trial_design import TrialDesign
from adjuvant.protocol.model import Protocol
from adjuvant.simulation.patients import Allocation, FixedSizes, Minimisation, PermutedBlocks, Sites
from adjuvant.simulation.planned import planned_scenario
from adjuvant.simulation.scenario import Scenario

__all__ = ["ProtocolScenario", "protocol_scenarios"]

_LABELS = {"planned": "As planned", "null": "No effect: both arms as the control"}
# Blocks twice as long as the ratio; the true sizes are sealed and stand in no protocol.
_REPEATED = 2


@dataclass(frozen=True)
class ProtocolScenario:
    """One scenario: its name in the protocol, a line for print, the design, and its trials."""

    name: str
    label: str
    design: TrialDesign
    scenario: Scenario


def protocol_scenarios(
    protocol: Protocol, names: Iterable[str] = ()
) -> tuple[ProtocolScenario, ...]:
    """Return the scenarios of a protocol that are asked for, the null always among them.

    names     of `design.scenarios`, or "planned"; all of them without it.
    Raises    InvalidInput for a name that the protocol lacks, or for what it cannot size or
              simulate.

    Permuted blocks are simulated twice as long as the ratio, minimisation with probability 0.8:
    the true numbers are sealed. Every other method has arms of fixed sizes.

    >>> from adjuvant.study import Study
    >>> [one.name for one in protocol_scenarios(Study.open("takayama2000").protocol, ["planned"])]
    ['planned', 'null']
    """
    known, wanted = scenario_names(protocol), tuple(names)
    for name in wanted:
        if name not in known:
            raise InvalidInput(
                f"{protocol.trial.id} has no scenario {name!r}; expected one of {', '.join(known)}"
            )
    chosen = [name for name in known if not wanted or name == "null" or name in wanted]
    return tuple(_one(protocol, name) for name in chosen)


def _one(protocol: Protocol, name: str) -> ProtocolScenario:
    design = design_from_protocol(protocol, name)
    own = protocol.design.scenarios.get(name)
    label = (own.label if own is not None else _LABELS[name]) or name.replace("_", " ")
    if name == "null" and design.null_hazard_ratio != 1:
        label = f"At the margin: hazard ratio {design.null_hazard_ratio:g}"
    varied = (own.sites if own is not None else None) or protocol.design.sites
    sites = None if varied is None else Sites(varied.count, varied.variance)
    scenario = planned_scenario(design, allocation=_allocation(protocol, design), sites=sites)
    return ProtocolScenario(name, label, design, scenario)


def _allocation(protocol: Protocol, design: TrialDesign) -> Allocation:
    method, parts = protocol.randomisation.method, protocol.randomisation.allocation
    if method == "minimisation" and design.allocation_ratio == 1:
        return Minimisation()
    if method == "permuted_blocks":
        others = [count for arm, count in parts.items() if arm != protocol.control.id]
        control = parts.get(protocol.control.id, 1)
        experimental = round(control * design.allocation_ratio)
        if experimental == control * design.allocation_ratio and len(others) <= 1:
            return PermutedBlocks(_REPEATED * control, _REPEATED * experimental)
    return FixedSizes(design.allocation_ratio)
