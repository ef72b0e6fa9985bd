"""One edit that triggers each rule, and a lawful neighbour of it that does not.

An edit is (old text, new text, old, new ...) on base.yaml; each old text must stand there.
"""

Edit = tuple[str, ...]

NAMES: dict[str, tuple[Edit, Edit]] = {
    "P030": (("arms: [CTL, IMM]", "arms: [CTL, IMN]"), ("arms: [CTL, IMM]", "arms: [IMM, CTL]")),
    "P031": (("endpoint: RFS, set: ITT, tau", "endpoint: RSF, set: ITT, tau"),
             ("endpoint: RFS, set: ITT, tau", "endpoint: TTR, competing: event, set: ITT, tau")),
    "P032": (("of: recurrence, set: ITT", "of: recurrence, set: IT"),
             ("of: recurrence, set: ITT", "of: recurrence, set: OLD")),
    "P033": (("of: recurrence", "of: recurence"), ("of: recurrence", "of: death")),
    "P034": (("by: [stage]", "by: [stages]"), ("by: [stage]", "by: [stage_group]")),
    "P035": (("randomised and age >= 60", "randomised and ages >= 60"),
             ("randomised and age >= 60", "randomised and not ineligible_before_randomisation")),
    "P036": (("main: A_RFS", "main: A_RSF"), ("order: [A_RFS, A_TTR]", "order: [RFS, TTR]")),
    "P037": (("estimand: E_RFS", "estimand: E_OS"), (", estimand: E_RFS", "")),
    "P038": (("id: A_SUB", "id: A_ADJ"), ("id: A_SUB", "id: A_ADJ_2")),
    "P039": (("competing: [death], censor_at: last_assessment",
              "competing: [death], censor_at: last_asessment"),
             ("competing: [death], censor_at: last_assessment", "competing: [death]")),
    "P040": (("    recurrence: {date: recurred_on}\n", ""),
             ("    recurrence: {date: recurred_on}", "    recurrence: {date: relapse}")),
    "P041": (("origin: {randomisation: randomised_on}", "origin: {surgery: operated_on}"),
             ("origin: {randomisation: randomised_on}", "origin: {randomisation: day_0}")),
}  # fmt: skip
PLAN: dict[str, tuple[Edit, Edit]] = {
    "P042": (("level: secondary", "level: primary", "order: [A_RFS, A_TTR]", "order: [A_RFS]"),
             ("level: secondary", "level: primary")),
    "P043": (("    main: A_RFS\n", ""), ("main: A_RFS", "main: A_ADJ")),
    "P044": (("main: A_RFS", "main: A_TTR"), (", estimand: E_RFS", "")),
    "P045": (("measure: hazard_ratio", "measure: rmst_difference"),
             ("measure: hazard_ratio", "measure: hazard_ratio, with: [rmst_difference]")),
    "P046": (("strata: as_randomised, claim: confirmatory, order: 1",
              "strata: none, claim: confirmatory, order: 1"),
             ("strata: as_randomised, claim: confirmatory, order: 1",
              "strata: none, why_unstratified: factors lost, claim: confirmatory, order: 1")),
    "P047": (("randomised and age >= 60", "randomised and infusions_given >= 3"),
             ("rule: randomised and age >= 60", "rule: randomised, group_by: received")),
    "P048": (("method: permuted_blocks", "method: permuted_blocks\n  block_sizes: [4, 6]"),
             ("method: permuted_blocks", "method: minimisation")),
    "P049": (("competing: censor, at", "at"), ("competing: censor, at", "competing: event, at")),
    "P050": ((", tau: 5 y", ""), (", tau: 5 y", ", tau: 60 mo")),
    "P051": (("of: recurrence", "of: recurrence, tau: 5 y"),
             ("of: recurrence", "of: recurrence, ci: logit")),
    "P052": (("allocation: {CTL: 1, IMM: 1}", "allocation: {CTL: 1}"),
             ("allocation: {CTL: 1, IMM: 1}", "allocation: {CTL: 1, IMM: 2}")),
    "P053": (("no_treatment_control", "experimental"), ("no_treatment_control", "active_control")),
    "P054": (("role: experimental", "role: active_control"),
             ("no_treatment_control", "placebo_control")),
    "P055": (("levels: [early, late]", "levels: [early, advanced]"),
             ("levels: [early, late]", "levels: [late, early]")),
    "P056": (("['I', 'II']", "['I', 'IIa']"), ("['I', 'II']", "['I']")),
    "P057": (("values: {0: CTL, 1: IMM}", "values: {0: CTL}"),
             ("values: {0: CTL, 1: IMM}", "values: {C: CTL, T: IMM}")),
    "P058": (("column: stage, levels: [I, II, III]", "column: stage"),
             ("column: stage, levels: [I, II, III]", "column: stage, values: {1: I, 2: II}")),
    "P059": (("type: number, column: age}", "type: number, calculated: decade * 10}\n"
              "    decade: {label: Decade, type: number, calculated: age / 10}"),
             ("type: number, column: age}", "type: number, column: age}\n"
              "    decade: {label: Decade, type: number, calculated: age / 10}")),
    "P060": (("days: death_days, happened: dead", "days: death_days"),
             ("{days: death_days, happened: dead, values: {0: \"no\", 1: \"yes\"}}",
              "{date: died_on}")),
    "P061": (("rule: randomised and age >= 60", "rule: randomised and age >= 60, primary: true"),
             ("rule: randomised and age >= 60", "rule: randomised and age >= 60, primary: false")),
    "P063": (("3 y: 1096", "3 y: 1095"), ("3 y: 1096", "36 mo: 1096")),
    "P064": (("order: 2", "order: 1"), (", order: 2", ", order: 3")),
    "P066": (("{CTL: nothing, IMM: the treatment}", "{IMM: the treatment}"),
             ("{CTL: nothing, IMM: the treatment}", "{IMM: five infusions, CTL: none}")),
    "P067": (("level: secondary", "level: primary"), ("level: secondary", "level: exploratory")),
    "P068": (("competing: [death], censor_at", "censor_at"),
             ("event: [recurrence], competing: [death]", "event: [recurrence, death]")),
    "P069": (("event: [recurrence], competing: [death]",
              "event: [recurrence, death], competing: [death]"),
             ("event: [recurrence], competing: [death]",
              "event: [death], competing: [recurrence]")),
    "P120": (("measure: hazard_ratio", "measure: HR"),
             ("measure: hazard_ratio", "measure: cause_specific_hazard_ratio")),
    "P117": (("covariates: [age], interactions: [[arm, age]]", "covariates: [age, arm]"),
             ("covariates: [age]", "covariates: [age, stage]")),
    "P118": (("type: rmst, endpoint: RFS, set: ITT, tau: 5 y",
              "type: ph_check, endpoint: RFS, set: ITT, claim: confirmatory"),
             ("type: rmst, endpoint: RFS, set: ITT, tau: 5 y",
              "type: ph_check, endpoint: RFS, set: ITT, arms: [CTL, IMM], max_combo: true")),
    "P119": (("interactions: [[arm, age]]", "interactions: [[arm, stage]]"),
             ("covariates: [age], interactions: [[arm, age]]",
              "covariates: [age, stage], interactions: [[stage, age]]")),
}  # fmt: skip
READING: dict[str, tuple[Edit, Edit]] = {
    "P002": (("status: draft", "status: dra\x00ft"), ("A trial of", "Ein Überblick – 試験 of")),
    "P003": (("  method:", "\tmethod:"), ("  - {id: T1", "  - {id:\tT1")),
    "P006": (("levels: [early, late]", "levels: [early, late"),
             ("levels: [early, late]", "levels: [\n        early, late]")),
    "P007": (("time: {unit: day", "time: {unit: day, unit: day"),
             ("time: {unit: day", "time: {unit: day, first_day: 0")),
    "P008": (("subject: id", "subject: !!str id"), ("subject: id", "subject: '!!str'")),
    "P009": (("subject: id", "subject: &a id"), ("subject: id", "subject: '&a'")),
    "P010": (("data:\n", "---\ndata:\n"), ("format: adjuvant/1", "---\nformat: adjuvant/1")),
    "P011": (("competing: censor, at", "competing: censor, att"),
             ("competing: censor, at", "competing: censor, label: x, at")),
    "P013": (("title: A trial of which every rule is content, ", ""),
             ("status: draft", "phase: II")),
    "P014": (("by: [stage]", "by: stage"), ("by: [stage]", "by:\n    - stage")),
    "P015": (("method: permuted_blocks", "method: permuted_block"),
             ("method: permuted_blocks", "method: simple")),
    "P016": (("alpha: 0.05", "alpha: 5"), ("alpha: 0.05", "alpha: 2.5e-2")),
    "P017": (("tau: 5 y", "tau: 5 years"), ("tau: 5 y", "tau: 1826 d")),
    "P018": (("status: draft", "recruitment: {start: 1992-13}"),
             ("status: draft", "recruitment: {start: 1992-12}")),
    "P019": (("status: draft", "status: {value: draft, from: hearsay}"),
             ("status: draft", "status: {value: draft, from: our_choice}")),
    "P020": (("format: adjuvant/1", "format: adjuvant/9"), ("adjuvant/1", "'adjuvant/1'")),
    "P021": (("randomised and age >= 60", "randomised and age = 60"),
             ("randomised and age >= 60", "randomised and age == 60")),
}  # fmt: skip
DATA: dict[str, tuple[Edit, Edit]] = {
    "P111": (("rule: randomised and age >= 60", "rule: randomised, group_by: received"),
             ("rule: randomised and age >= 60", "rule: randomised, group_by: received",
              "  origin: {r", "  received: {column: got, values: {0: CTL, 1: IMM}}\n  origin: {r")),
}  # fmt: skip
_HYPOTHESIS = "  hypothesis: {endpoint: RFS, sided: 2, alpha: 0.05}\n"
DESIGN: dict[str, tuple[Edit, Edit]] = {
    "P121": ((_HYPOTHESIS, _HYPOTHESIS + "  survival: {CTL: {3 y: 0.3}, IMM: {3 y: 0.5}}\n"
              "  hazard_ratio: 0.6\n"),
             (_HYPOTHESIS, _HYPOTHESIS + "  survival: {CTL: {3 y: 0.3}}\n  hazard_ratio: 0.6\n")),
    "P122": ((_HYPOTHESIS, _HYPOTHESIS + "  hazard_ratio_from: {3 mo: 1, 6 mo: 0.6}\n"),
             (_HYPOTHESIS, _HYPOTHESIS + "  hazard_ratio_from: {0 mo: 1, 6 mo: 0.6}\n")),
    "P123": ((_HYPOTHESIS, _HYPOTHESIS
              + "  looks: {by: DSMB, information: [0.5, 1], spending: hwang_shih_decani}\n"),
             (_HYPOTHESIS, _HYPOTHESIS
              + "  looks: {by: DSMB, information: [0.5, 1], spending: hwang_shih_decani, "
              "spending_parameter: -4}\n")),
}  # fmt: skip
CASES = NAMES | PLAN | READING | DATA | DESIGN
# These need a whole file of their own; test_source.py holds them.
ELSEWHERE = {"P001", "P004", "P005", "P022"}
