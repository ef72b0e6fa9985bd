"""Times to an event, with arms, strata and late entry: what every estimator reads."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from adjuvant.core.errors import InvalidData

__all__ = ["Codes", "Floats", "Mask", "Numbers", "TimeToEvent", "encode"]

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64] | NDArray[np.float64]

_PER_SUBJECT = ("time", "event", "entry", "arm", "stratum", "weight", "subject", "source")


@dataclass(frozen=True, eq=False, repr=False)
class TimeToEvent:
    """Follow-up of n subjects (or n intervals of subjects), valid or refused.

    time      (n,) int64 or float64, exactly as stored, in `unit`; 0 is legal. Never divided.
    event     (n,) int64: 0 censored, 1.. the cause (1 when there is only one).
    arm       (n,) int64 codes 0..k-1 into `arm_labels`; code 0 is the control. None: one group.
    stratum   (n,) int64 codes into `stratum_labels`. None: not stratified.
    entry     (n,) as `time`; a row is at risk when entry < t <= time. None: from the beginning.
    weight    (n,) float64 >= 0 case weights. None: 1 each.
    subject   (n,) texts; a subject may have several rows (recurrent events). None: one row each.
    source    (n,) texts that lead back to the row typed, such as "trial.csv:12".
    Raises    InvalidData naming the first offending row (counted from 1) and how many more.

    Two times are tied when they are equal as stored. An event precedes a censoring of the same
    time. Arrays are copied and made read-only.

    >>> data = TimeToEvent([6, 6, 10, 7], [1, 0, 1, 1], arm=[0, 0, 1, 1],
    ...                    arm_labels=("CTL", "IMM"))
    >>> data
    TimeToEvent(n=4, events=3, unit='day', arms=CTL 2, IMM 2)
    """

    time: Numbers
    event: Codes
    arm: Codes | None = None
    arm_labels: tuple[str, ...] = ()
    stratum: Codes | None = None
    stratum_labels: tuple[str, ...] = ()
    entry: Numbers | None = None
    weight: Floats | None = None
    subject: tuple[str, ...] | None = None
    source: tuple[str, ...] | None = None
    unit: str = "day"

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "time", _numbers("time", self.time))
        put(self, "event", _codes("event", self.event))
        for name in ("arm", "stratum"):
            if getattr(self, name) is not None:
                put(self, name, _codes(name, getattr(self, name)))
            put(self, f"{name}_labels", tuple(getattr(self, f"{name}_labels")))
        if self.entry is not None:
            put(self, "entry", _numbers("entry", self.entry))
        if self.weight is not None:
            put(self, "weight", _numbers("weight", self.weight).astype(np.float64))
        for name in ("subject", "source"):
            if getattr(self, name) is not None:
                put(self, name, tuple(getattr(self, name)))
        self._check_shapes()
        self._check_values()
        for name in _PER_SUBJECT:
            column = getattr(self, name)
            if isinstance(column, np.ndarray):
                column.flags.writeable = False

    @classmethod
    def of(
        cls,
        time: ArrayLike,
        event: ArrayLike,
        *,
        arm: Sequence[Hashable] | None = None,
        control: Hashable = None,
        stratum: Sequence[Hashable] | None = None,
        **more: Any,
    ) -> Self:
        """Return the data with arms and strata given as labels; `control` becomes code 0.

        Other arms take codes in order of their label. Without `control` the first label is 0.

        >>> data = TimeToEvent.of([5, 8], [1, 0], arm=["new", "old"], control="old")
        >>> data.arm_labels
        ('old', 'new')
        """
        if arm is not None:
            more["arm"], more["arm_labels"] = encode("arm", arm, first=control)
        if stratum is not None:
            more["stratum"], more["stratum_labels"] = encode("stratum", stratum)
        return cls(time, event, **more)  # type: ignore[arg-type]

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.time)

    @property
    def events(self) -> int:
        """Number of rows with an event of any cause."""
        return int(np.count_nonzero(self.event))

    @property
    def causes(self) -> tuple[int, ...]:
        """The causes that occur, ascending; (1,) or () where there is no competing event."""
        return tuple(int(c) for c in np.unique(self.event) if c > 0)

    @property
    def weights(self) -> Floats:
        """Case weights, 1 each where none were given; (n,) float64."""
        return np.ones(self.n) if self.weight is None else self.weight

    def where(self, mask: Mask) -> Self:
        """Return the rows for which mask (n,) bool is true; arm and stratum codes stay."""
        keep = np.asarray(mask)
        if keep.dtype != np.bool_ or keep.shape != (self.n,):
            raise InvalidData(
                f"a mask must be {self.n} truth values; got {keep.dtype} {keep.shape}"
            )
        parts: dict[str, Any] = {}
        for name in _PER_SUBJECT:
            column = getattr(self, name)
            if isinstance(column, tuple):
                parts[name] = tuple(v for v, k in zip(column, keep, strict=True) if k)
            elif column is not None:
                parts[name] = column[keep]
        return replace(self, **parts)

    def pair(self, control: str | int, treatment: str | int) -> Self:
        """Return two arms alone: `control` becomes code 0, `treatment` 1 (labels or codes)."""
        if self.arm is None:
            raise InvalidData("the data have no arms; give `arm` when making TimeToEvent")
        old = [self._arm_code(control), self._arm_code(treatment)]
        chosen = self.where(np.isin(self.arm, old))
        assert chosen.arm is not None
        return replace(
            chosen,
            arm=(chosen.arm == old[1]).astype(np.int64),
            arm_labels=(self.arm_labels[old[0]], self.arm_labels[old[1]]),
        )

    def in_arm(self, arm: str | int) -> Self:
        """Return one arm's rows, without arm codes."""
        if self.arm is None:
            raise InvalidData("the data have no arms; give `arm` when making TimeToEvent")
        return replace(self.where(self.arm == self._arm_code(arm)), arm=None, arm_labels=())

    def by_arm(self) -> list[tuple[str, Self]]:
        """Return (label, rows) per arm in code order; without arms one pair with label ''."""
        if self.arm is None:
            return [("", self)]
        return [(label, self.in_arm(code)) for code, label in enumerate(self.arm_labels)]

    def with_strata(self, stratum: Sequence[Hashable]) -> Self:
        """Return the data stratified by the labels given (n,)."""
        codes, labels = encode("stratum", stratum)
        return replace(self, stratum=codes, stratum_labels=labels)

    def without_strata(self) -> Self:
        """Return the data unstratified."""
        return replace(self, stratum=None, stratum_labels=())

    def without_arms(self) -> Self:
        """Return the data as one group."""
        return replace(self, arm=None, arm_labels=())

    def cause(self, cause: int) -> Self:
        """Return the data with `cause` as the only event: every other cause censors at its time."""
        return replace(self, event=(self.event == cause).astype(np.int64))

    def any_event(self) -> Self:
        """Return the data with every cause counted as the same event."""
        return replace(self, event=(self.event > 0).astype(np.int64))

    def censoring_as_event(self) -> Self:
        """Return the data with events and censorings exchanged (reverse Kaplan-Meier)."""
        return replace(self, event=(self.event == 0).astype(np.int64))

    def __len__(self) -> int:
        return self.n

    def __repr__(self) -> str:
        arms = ""
        if self.arm is not None:
            sizes = np.bincount(self.arm, minlength=len(self.arm_labels))
            arms = ", arms=" + ", ".join(
                f"{label} {n}" for label, n in zip(self.arm_labels, sizes, strict=True)
            )
        return f"TimeToEvent(n={self.n}, events={self.events}, unit={self.unit!r}{arms})"

    def _arm_code(self, arm: str | int) -> int:
        if isinstance(arm, str):
            if arm not in self.arm_labels:
                raise InvalidData(f"no arm {arm!r}; the arms are {', '.join(self.arm_labels)}")
            return self.arm_labels.index(arm)
        if not 0 <= arm < len(self.arm_labels):
            raise InvalidData(f"no arm with code {arm}; codes run to {len(self.arm_labels) - 1}")
        return int(arm)

    def _check_shapes(self) -> None:
        for field in fields(self):
            column = getattr(self, field.name)
            if field.name in _PER_SUBJECT and column is not None and len(column) != self.n:
                raise InvalidData(
                    f"{field.name} has {len(column)} rows, time has {self.n}; "
                    "give every column the same length"
                )
        for name in ("arm", "stratum"):
            codes, labels = getattr(self, name), getattr(self, f"{name}_labels")
            if codes is None and labels:
                raise InvalidData(f"{name}_labels are given without {name} codes")
            if codes is not None and not labels:
                count = int(codes.max()) + 1 if codes.size else 0
                object.__setattr__(self, f"{name}_labels", tuple(map(str, range(count))))
            elif codes is not None and codes.size and codes.max() >= len(labels):
                raise InvalidData(
                    f"{name} code {codes.max()} has no label; {len(labels)} labels were given"
                )
            if len(set(labels)) < len(labels):
                raise InvalidData(f"{name}_labels name one label twice: {', '.join(labels)}")

    def _check_values(self) -> None:
        _refuse("time", self.time, self.time < 0, "is negative")
        if self.entry is not None:
            # Open on the left: a subject who enters on the day of leaving is never at risk.
            _refuse("entry", self.entry, self.entry >= self.time, "is not before the row's time")
        if self.weight is not None:
            _refuse("weight", self.weight, self.weight < 0, "is negative")


def encode(
    name: str, labels: Sequence[Hashable], first: Hashable = None
) -> tuple[Codes, tuple[str, ...]]:
    """Return codes (n,) and the labels they point to, sorted, with `first` as code 0 if given.

    Raises    InvalidData for a missing label, or a `first` that no row carries.

    >>> encode("arm", ["b", "a", "b"], first="b")
    (array([0, 1, 0]), ('b', 'a'))
    """
    values = [v.item() if isinstance(v, np.generic) else v for v in labels]
    for row, value in enumerate(values, 1):
        if value is None or value != value or value == "":
            raise InvalidData(f"{name} is missing in row {row}; every row needs one")
    distinct = list(dict.fromkeys(values))
    try:
        distinct.sort()
    except TypeError:
        distinct.sort(key=str)
    if first is not None:
        if first not in distinct:
            raise InvalidData(
                f"no row has {name} {first!r}; found {', '.join(map(str, distinct[:10]))}"
            )
        distinct.remove(first)
        distinct.insert(0, first)
    position = {value: code for code, value in enumerate(distinct)}
    codes = np.array([position[value] for value in values], dtype=np.int64)
    return codes, tuple(str(value) for value in distinct)


def _numbers(name: str, values: Any) -> Numbers:
    """Return an own copy as int64 where the values are whole by type, else float64."""
    array = np.array(values)
    if array.ndim != 1:
        raise InvalidData(f"{name} must be one column; got an array of shape {array.shape}")
    if array.dtype.kind in "iu" or array.size == 0:
        return array.astype(np.int64)
    if array.dtype.kind != "f":
        raise InvalidData(f"{name} must be numbers; got values like {array[0]!r}")
    _refuse(name, array, ~np.isfinite(array), "is missing or infinite")
    return array.astype(np.float64)


def _codes(name: str, values: Any) -> Codes:
    array = np.array(values)
    if array.ndim != 1:
        raise InvalidData(f"{name} must be one column; got an array of shape {array.shape}")
    if array.dtype.kind not in "iufb" and array.size:
        raise InvalidData(f"{name} must be whole numbers; got values like {array[0]!r}")
    numbers = array.astype(np.float64)
    _refuse(name, array, ~np.isfinite(numbers) | (numbers != np.floor(numbers)), "is not whole")
    _refuse(name, array, numbers < 0, "is negative")
    return array.astype(np.int64)


def _refuse(name: str, values: NDArray[Any], bad: Any, why: str) -> None:
    rows = np.flatnonzero(bad)
    if rows.size:
        more = f" (and {rows.size - 1} more rows)" if rows.size > 1 else ""
        raise InvalidData(
            f"row {rows[0] + 1}: {name} {values[rows[0]]} {why}{more}. "
            "Correct the rows, or leave them out and say so."
        )
