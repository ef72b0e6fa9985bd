# Cox models in all their uses: coxph, cox.zph, basehaz and residuals of R survival.
source("lib.R")
tag <- function(...) paste(c(...), collapse = "/")
N <- numeric_covariate
F <- factor_covariate

source("cox_lib.R")

extra <- function(s) c(list(landmark = s$landmark), list(cause = s$cause))[c(!is.null(s$landmark), !is.null(s$cause))]
fits <- function(name, s, ties = c("efron", "breslow", "exact"), robust = !is.null(s$cluster), quantity = "cox",
                 zph = TRUE, transforms = c("km", "rank", "identity", "log")) {
  for (t in ties) {
    f <- fit_of(s, t, robust)
    put(tag(quantity, name, t), quantity, s, c(list(ties = t, robust = robust, level = 0.95), extra(s)), estimates(s, f, robust))
    if (!zph || t == "exact") next
    for (g in transforms) {
      zt <- cox.zph(f, transform = g)$table
      rows <- lapply(seq_len(nrow(zt) - 1), function(i) list(term = rownames(zt)[i], chi_square = zt[i, 1],
        df = zt[i, 2], p_value = zt[i, 3]))
      last <- zt[nrow(zt), ]
      put(tag("proportional_hazards_test", quantity, name, t, g), "proportional_hazards_test", s,
        c(list(ties = t, transform = g, model = quantity), extra(s)),
        list(terms = arr(rows), global = list(chi_square = last[[1]], df = last[[2]], p_value = last[[3]])))
    }
  }
}
profile <- function(name, s, ties = "efron") {
  f <- fit_of(s, ties); x <- model.matrix(f); y <- f$y; b <- coef(f)
  strat <- if (length(s$strata)) interaction(prepared(s)[, s$strata, drop = FALSE], drop = TRUE) else rep(1, nrow(x))
  limit <- function(j, side) {
    g <- function(v) {
      o <- x[, j] * v
      l <- if (ncol(x) > 1) { z <- x[, -j, drop = FALSE]; coxph(y ~ z + offset(o) + strata(strat), ties = ties, control = CONTROL)$loglik[2] }
           else coxph(y ~ offset(o) + strata(strat), ties = ties, control = CONTROL)$loglik[1]
      2 * (f$loglik[2] - l) - qchisq(0.95, 1)
    }
    se <- sqrt(f$var[j, j]); uniroot(g, sort(b[j] + side * se * c(1, 4)), tol = 1e-13)$root
  }
  j <- seq_along(b)
  put(tag("profile_likelihood_ci", name), "profile_likelihood_ci", s, list(ties = ties, level = 0.95),
    list(terms = arr(terms_of(s$covariates, s$interactions)), coef = arr(b), lower = arr(sapply(j, limit, -1)),
         upper = arr(sapply(j, limit, 1))), tolerance = list(relative = 1e-7, absolute = 1e-9))
}
leftovers <- function(name, s, ties = "efron") {
  f <- fit_of(s, ties)
  put(tag("cox_residuals", name, ties), "cox_residuals", s, list(ties = ties), list(
    martingale = arr(residuals(f, "martingale")), deviance = arr(residuals(f, "deviance")),
    score = arr(as.matrix(residuals(f, "score"))), dfbeta = arr(as.matrix(residuals(f, "dfbeta"))),
    schoenfeld = arr(as.matrix(residuals(f, "schoenfeld")))))
  if (!length(s$strata)) {
    b <- basehaz(f, centered = FALSE)
    put(tag("cox_baseline_hazard", name, ties), "cox_baseline_hazard", s, list(ties = ties),
        list(time = arr(b$time), cumulative_hazard = arr(b$hazard)))
  }
}
interaction_of <- function(name, s, ties = "efron") {
  big <- fit_of(s, ties); small <- fit_of(s, ties, drop = TRUE)
  put(tag("interaction", name, ties), "interaction", s, list(ties = ties), list(
    log_likelihood = arr(c(small$loglik[2], big$loglik[2])),
    lrt = chi(2 * (big$loglik[2] - small$loglik[2]), length(coef(big)) - length(coef(small)))))
}

ECOG <- F("ph_ecog", 0:3); DISEASE <- F("disease", c("Other", "GN", "AN", "PKD"))
SIZE <- F("size", c("<=20", "20-50", ">50")); STAGE <- F("stage", c("I", "II", "III")); ARM <- F("arm", c("A", "B", "C"))
lung <- function(...) spec("lung.csv", "time", "dead", ...)
fits("lung/sex", lung(list(N("sex"))))
fits("lung/multi", lung(list(N("age"), N("sex"), ECOG, N("wt_loss"))))
fits("lung/strata", lung(list(N("age"), N("sex"), N("ph_karno")), strata = c("inst", "ph_ecog")))
fits("lung/interaction", lung(list(N("sex"), ECOG, N("age")), interactions = list(c("sex", "age"))), ties = "efron")
fits("lung/cluster", lung(list(N("age"), N("sex")), cluster = "inst"), ties = c("efron", "breslow"))
fits("lung/robust", lung(list(N("age"), N("sex"), N("ph_karno"))), ties = "efron", robust = TRUE, zph = FALSE)
ov <- function(...) spec("ovarian.csv", "futime", "fustat", ...)
fits("ovarian", ov(list(N("rx"), N("age"), N("ecog_ps"), N("resid_ds"))))
rot <- function(...) spec("rotterdam.csv", ...)
fits("rotterdam", rot("first", "any", list(SIZE, N("nodes"), N("age"), N("hormon"), N("chemo")), strata = "meno"), ties = c("efron", "breslow"))
fits("rotterdam/interaction", rot("dtime", "death", list(SIZE, N("meno"), N("chemo")), interactions = list(c("size", "meno"), c("meno", "chemo"))), ties = "efron")
fits("rotterdam/cause_1", rot("first", "cause", list(N("nodes"), N("hormon")), cause = 1), ties = "efron", quantity = "cause_specific_cox")
fits("rotterdam/cause_2", rot("first", "cause", list(N("nodes"), N("age")), cause = 2), ties = "breslow", quantity = "cause_specific_cox")
fits("gbsg/landmark", spec("gbsg.csv", "rfstime", "status", list(N("hormon"), N("nodes")), landmark = 365), ties = "efron", quantity = "landmark")
fits("gbsg/meno/1", spec("gbsg.csv", "rfstime", "status", list(N("hormon")), where = list(meno = 1)), ties = "efron", quantity = "subgroup")
fits("rats/cluster", spec("rats.csv", "time", "status", list(N("rx")), cluster = "litter", where = list(sex = "f")), ties = c("efron", "breslow"))
fits("rats/sex", spec("rats.csv", "time", "status", list(N("rx"), F("sex", c("f", "m")))), ties = "efron")
fits("retinopathy/cluster", spec("retinopathy.csv", "futime", "status", list(N("trt"), F("type", c("juvenile", "adult"))),
  interactions = list(c("trt", "type")), cluster = "id"), ties = "efron")
fits("kidney/cluster", spec("kidney.csv", "time", "status", list(N("age"), N("sex"), DISEASE), cluster = "id"), ties = "efron")
fits("heart/entry", spec("heart.csv", "stop", "event", list(N("age"), N("year"), N("surgery"), N("transplant")), entry = "start"))
fits("heart/entry_cluster", spec("heart.csv", "stop", "event", list(N("age"), N("surgery"), N("transplant")), entry = "start", cluster = "id"), ties = c("efron", "breslow"))
fits("nafld/entry", spec("nafld.csv", "exit", "status", list(N("male"), N("bmi")), entry = "entry"), ties = c("efron", "breslow"))
fits("nafld/entry_robust", spec("nafld.csv", "exit", "status", list(N("bmi")), entry = "entry", strata = "male"), ties = "efron", robust = TRUE, zph = FALSE)
fits("myeloid", spec("myeloid.csv", "futime", "death", list(N("arm"), N("male")), strata = character()), ties = "efron")
ti <- function(covariates, ...) spec("ties.csv", "time", "event", covariates, ...)
fits("ties/uni", ti(list(ARM)))
fits("ties/multi", ti(list(ARM, N("x"), N("dose"), STAGE)))
fits("ties/strata", ti(list(N("treated"), N("x")), strata = "centre"))
# coxph counts every subset for exact ties with entry times: only small risk sets end.
fits("ties/entry", ti(list(N("treated"), N("x")), entry = "entry"), ties = c("efron", "breslow"))
fits("ties/entry_strata", ti(list(ARM, N("x")), entry = "entry", strata = c("stage")), ties = c("efron", "breslow"))
fits("ties/weight", ti(list(N("treated"), N("x")), weights = "weight"), ties = c("efron", "breslow"), zph = FALSE)
fits("ties/count", ti(list(ARM), weights = "count", strata = "stage"), ties = c("efron", "breslow"), zph = FALSE)
fits("ties/weight_robust", ti(list(N("treated"), N("x")), weights = "weight"), ties = c("efron", "breslow"), robust = TRUE, zph = FALSE)
fits("ties/everything", ti(list(ARM, N("x")), weights = "weight", entry = "entry", strata = "stage", cluster = "pair"), ties = c("efron", "breslow"), zph = FALSE)
fits("ties/cluster", ti(list(N("treated"), N("x")), cluster = "pair", entry = "entry"), ties = c("efron", "breslow"))
fits("ties/interaction", ti(list(ARM, STAGE, N("x")), interactions = list(c("arm", "stage"), c("stage", "x"))), ties = "efron")
fits("smooth", spec("smooth.csv", "time", "event", list(N("arm"), N("x")), strata = "block"))
cg <- function(time, ..., covariates = list(F("treat", c("placebo", "rIFN-g")), N("steroids"), N("age")))
  spec("cgd.csv", time, "status", covariates, cluster = "id", ...)
fits("cgd", cg("tstop", entry = "tstart"), ties = c("efron", "breslow"), quantity = "andersen_gill")
fits("cgd", cg("tstop", entry = "tstart", strata = "number"), ties = "efron", quantity = "pwp_total_time")
fits("cgd", cg("gap", strata = "number"), ties = c("efron", "breslow"), quantity = "pwp_gap_time")
ed <- function(set, ..., covariates = list(N("x"))) spec("edges.csv", "time", "event", covariates, where = list(set = set), ...)
fits("edges/stratum_of_one", ed("stratum_of_one", strata = "stratum"))
fits("edges/entries_interleaved", ed("entries_interleaved", entry = "entry"))
fits("edges/last_subject_alone", ed("last_subject_alone", covariates = list(N("arm"))))
fits("edges/arms_tied_everywhere", ed("arms_tied_everywhere", covariates = list(N("arm"))))
fits("edges/huge_scale", ed("huge_scale"), zph = FALSE)
fits("edges/tiny_scale", ed("tiny_scale"), zph = FALSE)

profile("lung/multi", lung(list(N("age"), N("sex"), N("ph_karno"))))
profile("ties/strata", ti(list(N("treated"), N("x")), strata = "centre"))
profile("ovarian", ov(list(N("rx"), N("age"))), "breslow")
for (t in c("efron", "breslow")) {
  leftovers("lung/multi", lung(list(N("age"), N("sex"), ECOG)), t)
  leftovers("ties/entry", ti(list(N("treated"), N("x")), entry = "entry"), t)
  leftovers("ties/uni", ti(list(ARM)), t)
  leftovers("ties/strata", ti(list(N("treated"), N("x")), strata = "stage"), t)
  leftovers("heart/entry", spec("heart.csv", "stop", "event", list(N("age"), N("transplant")), entry = "start"), t)
  interaction_of("lung", lung(list(N("sex"), ECOG, N("age")), interactions = list(c("sex", "age"))), t)
  interaction_of("ties", ti(list(ARM, STAGE, N("x")), interactions = list(c("arm", "stage"), c("stage", "x")), strata = "centre"), t)
}

# Monotone likelihood: R warns and stops far out; the supremum of the log likelihood and the score
# test at zero do not depend on where.
diverged <- function(name, s) {
  f <- suppressWarnings(fit_of(s)); p <- length(coef(f))
  put(tag("cox", "diverged", name), "cox", s, list(ties = "efron", robust = FALSE, level = 0.95), list(
    converged = FALSE, terms = arr(terms_of(s$covariates, list())), n = f$n, events = f$nevent,
    log_likelihood = arr(f$loglik), score = chi(f$score, p)), tolerance = list(relative = 1e-7, absolute = 1e-7))
}
diverged("arm_without_event", ed("arm_without_event", covariates = list(N("arm"))))
diverged("separated", ed("separated", covariates = list(N("arm"))))
diverged("ordered_perfectly", ed("ordered_perfectly"))
impossible <- function(name, s) put(tag("error/cox", name), "cox", s, list(ties = "efron", robust = FALSE, level = 0.95), list(error = TRUE))
impossible("no_event", ed("no_event_in_two_arms", covariates = list(N("arm"))))
impossible("no_row", ed("no_such_set"))
# One patient has ph_ecog 3: R leaves the coefficient of sex:ph_ecog=3 undefined (NA).
impossible("combination_of_others", lung(list(N("sex"), ECOG), interactions = list(c("sex", "ph_ecog"))))
impossible("constant_covariate", ed("half_exactly"))
write_cases("cox")
