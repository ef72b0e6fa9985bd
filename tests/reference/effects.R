# Differences between two arms (restricted means, milestones), two-by-two counts, parametric models.
source("lib.R")
tag <- function(...) paste(c(...), collapse = "/")
Z <- qnorm(0.975)
two_sided <- function(z) 2 * pnorm(-abs(z))
rows_of <- function(data, columns, where = obj()) {
  d <- read_data(data)
  for (column in names(where)) d <- d[d[[column]] == where[[column]], ]
  d[complete.cases(d[, columns]), ]
}
curve <- function(d, time, event) survfit(Surv(d[[time]], d[[event]]) ~ 1)

# As survRM2 describes it: Greenwood's variance of the area, ratios on the log scale.
restricted <- function(name, data, time, event, by, control, treatment, taus, where = obj()) {
  d <- rows_of(data, c(time, event, by), where)
  for (tau in taus) {
    arm <- function(v) {
      s <- summary(curve(d[d[[by]] == v, ], time, event), rmean = tau)$table
      m <- s[["rmean"]]; se <- s[["se(rmean)"]]
      list(rmst = m, std_error = se, rmst_ci = arr(m + c(-1, 1) * Z * se), rmtl = tau - m,
           rmtl_ci = arr(tau - m + c(-1, 1) * Z * se))
    }
    c0 <- arm(control); c1 <- arm(treatment)
    ratio <- function(a, b, sa, sb) {
      l <- log(a / b); se <- sqrt((sa / a)^2 + (sb / b)^2)
      list(estimate = exp(l), ci = arr(exp(l + c(-1, 1) * Z * se)), p_value = two_sided(l / se))
    }
    delta <- c1$rmst - c0$rmst; se <- sqrt(c1$std_error^2 + c0$std_error^2)
    add(tag("rmst_difference", name, tau), "rmst_difference", data, time = time, event = event, by = by,
      where = where, options = list(control = control, treatment = treatment, tau = tau, level = 0.95),
      expected = list(control = c0, treatment = c1,
        difference = list(estimate = delta, std_error = se, ci = arr(delta + c(-1, 1) * Z * se), p_value = two_sided(delta / se)),
        ratio = ratio(c1$rmst, c0$rmst, c1$std_error, c0$std_error),
        rmtl_ratio = ratio(c1$rmtl, c0$rmtl, c1$std_error, c0$std_error)))
  }
}
# Tian, Zhao & Wei 2014: the time up to tau regressed on arm and covariates, each known time weighted
# by the inverse chance of being uncensored, estimated by arm; the variance knows that it was
# estimated. Written out from the paper; `check` compares with survRM2's value for one model.
adjusted <- function(data, time, event, by, control, treatment, tau, covariates, check = NULL) {
  columns <- vapply(covariates, `[[`, "", "name"); d <- rows_of(data, c(time, event, by, columns))
  d <- d[d[[by]] %in% c(control, treatment), ]; arm <- as.integer(d[[by]] == treatment)
  for (c in covariates) if (c$kind == "categorical") d[[c$name]] <- factor(d[[c$name]], levels = c$levels$values)
  x <- cbind(1, arm, model.matrix(as.formula(paste("~", paste(columns, collapse = "+"))), d)[, -1, drop = FALSE])
  y <- pmin(d[[time]], tau); known <- d[[event]] == 1 | d[[time]] >= tau
  w <- numeric(nrow(d))
  for (a in 0:1) {
    f <- survfit(Surv(y[arm == a], !known[arm == a]) ~ 1)
    w[arm == a] <- known[arm == a] / f$surv[match(y[arm == a], f$time)]
  }
  w[!known] <- 0
  # Each row's contribution: its own score, and its part in the estimated censoring curve of its arm.
  influence <- function(score) {
    out <- score
    for (a in 0:1) {
      i <- which(arm == a); t <- y[i]; s <- score[i, , drop = FALSE]
      ahead <- t(sapply(t, function(u) colSums(s[t >= u, , drop = FALSE]))); n <- sapply(t, function(u) sum(t >= u))
      each <- (!known[i]) * ahead / n
      past <- t(sapply(t, function(u) colSums((each / n)[t <= u, , drop = FALSE])))
      out[i, ] <- s + each - past
    }
    out
  }
  fit <- function(target, link) {
    b <- rep(0, ncol(x)); if (link == "log") b[1] <- log(weighted.mean(target, w))
    for (step in 1:100) {
      mu <- if (link == "log") exp(drop(x %*% b)) else drop(x %*% b); slope <- if (link == "log") mu else 1
      move <- solve(crossprod(x * (w * slope), x), colSums(x * (w * (target - mu)))); b <- b + move
      if (max(abs(move) / pmax(1, abs(b))) < 1e-14) break
    }
    mu <- if (link == "log") exp(drop(x %*% b)) else drop(x %*% b)
    bread <- solve(crossprod(x, x * (if (link == "log") mu else 1)))
    list(b = b, se = sqrt(diag(bread %*% crossprod(influence(x * (w * (target - mu)))) %*% bread)))
  }
  one <- fit(y, "identity"); two <- fit(y, "log"); three <- fit(tau - y, "log")
  ci <- cbind(one$b - Z * one$se, one$b + Z * one$se); p <- two_sided(one$b / one$se)
  ratio <- function(f) list(estimate = exp(f$b[2]), ci = arr(exp(f$b[2] + c(-1, 1) * Z * f$se[2])), p_value = two_sided(f$b[2] / f$se[2]))
  found <- list(difference = list(estimate = one$b[2], std_error = one$se[2], ci = arr(ci[2, ]), p_value = p[2]),
    ratio = ratio(two), rmtl_ratio = ratio(three))
  if (!is.null(check)) {
    # The given case of the format: survRM2 1.0-4 on colon, two arms, age and node4.
    got <- unname(c(one$b[2], one$se[2], found$ratio$estimate, found$ratio$p_value, found$rmtl_ratio$estimate, found$rmtl_ratio$p_value))
    print(max(abs(got / check - 1))); stopifnot(max(abs(got / check - 1)) < 1e-8)
    return(invisible())
  }
  terms <- c("intercept", by, unlist(lapply(covariates, function(c) if (c$kind == "numeric") c$name else paste0(c$name, "=", c$levels$values[-1]))))
  add(tag("rmst_difference", "adjusted", sub(".csv", "", data), control, treatment, tau), "rmst_difference", data, time = time, event = event,
    by = by, covariates = covariates, options = list(control = control, treatment = treatment, tau = tau, level = 0.95),
    expected = c(found, list(terms = arr(terms), coef = arr(one$b), se = arr(one$se), p_values = arr(p), ci = arr(ci))))
}
# Klein et al 2007: naive, log and log-log tests at one time.
milestone <- function(name, data, time, event, by, control, treatment, times, where = obj()) {
  d <- rows_of(data, c(time, event, by), where)
  for (t in times) {
    at <- lapply(c(control, treatment), function(v) summary(curve(d[d[[by]] == v, ], time, event), times = t, extend = TRUE))
    s <- sapply(at, `[[`, "surv"); se <- sapply(at, `[[`, "std.err"); delta <- s[2] - s[1]; all <- sqrt(sum(se^2))
    l <- log(s[2] / s[1]); sl <- sqrt(sum((se / s)^2)); ll <- diff(log(-log(s))); sll <- sqrt(sum((se / (s * log(s)))^2))
    add(tag("milestone_difference", name, t), "milestone_difference", data, time = time, event = event, by = by,
      where = where, options = list(control = control, treatment = treatment, time = t, level = 0.95),
      expected = list(control = list(survival = s[1], std_error = se[1]), treatment = list(survival = s[2], std_error = se[2]),
        difference = list(estimate = delta, std_error = all, ci = arr(delta + c(-1, 1) * Z * all)),
        ratio = list(estimate = exp(l), ci = arr(exp(l + c(-1, 1) * Z * sl))),
        test_plain = chi((delta / all)^2, 1), test_log = chi((l / sl)^2, 1), test_log_log = chi((ll / sll)^2, 1)))
  }
}
no_answer <- function(id, quantity, where, options, by = "arm", control = 0, treatment = 1)
  add(id, quantity, "edges.csv", time = "time", event = "event", by = by, where = where,
      options = c(list(control = control, treatment = treatment), options, list(level = 0.95)), expected = list(error = TRUE))

N <- numeric_covariate; F <- factor_covariate
adjusted("../../../src/adjuvant/validation/cases/colon_recurrence_two_arm.csv", "time", "status", "arm", 0, 1, 1826.25, list(N("age"), N("node4")),
  check = c(230.61179488511036, 54.38274061997487, 1.2093934874631316, 3.394031632675265e-05, 0.6816944977779845, 3.3928727283694116e-05))
adjusted("lung.csv", "time", "dead", "sex", 1, 2, 500, list(N("age"), F("ph_ecog", 0:3)))
adjusted("gbsg.csv", "rfstime", "status", "hormon", 0, 1, 1826, list(N("age"), N("nodes"), F("grade", 1:3)))
adjusted("ties.csv", "time", "event", "arm", "A", "B", 8, list(N("x"), F("stage", c("I", "II", "III"))))
restricted("lung/sex", "lung.csv", "time", "dead", "sex", 1, 2, c(90, 365.25, 700))
restricted("ovarian/rx", "ovarian.csv", "futime", "fustat", "rx", 1, 2, c(365, 744))
restricted("gbsg/hormon", "gbsg.csv", "rfstime", "status", "hormon", 0, 1, c(1826, 2500))
restricted("ties/AB", "ties.csv", "time", "event", "arm", "A", "B", c(2.5, 5, 12))
restricted("smooth/arm", "smooth.csv", "time", "event", "arm", 1, 0, c(12.5, 40))
restricted("edges/unequal_follow_up", "edges.csv", "time", "event", "arm", 0, 1, 8, list(set = "unequal_follow_up"))
# Both arms end in an event: the curves are 0 from there, so any tau up to the longer one is known.
restricted("edges/both_end_in_event", "edges.csv", "time", "event", "arm", 0, 1, c(7, 8, 10, 12), list(set = "both_end_in_event"))
# Beyond day 8 the control arm, censored last on that day, is not known.
no_answer("error/rmst_censored_last", "rmst_difference", list(set = "unequal_follow_up"), list(tau = 9))
no_answer("error/rmst_beyond_both", "rmst_difference", list(set = "both_end_in_event"), list(tau = 12.5))
no_answer("error/rmst_empty_arm", "rmst_difference", list(set = "half_exactly"), list(tau = 2))
no_answer("error/milestone_empty_arm", "milestone_difference", list(set = "half_exactly"), list(time = 2))
milestone("lung/sex", "lung.csv", "time", "dead", "sex", 1, 2, c(90, 365.25, 700))
milestone("gbsg/hormon", "gbsg.csv", "rfstime", "status", "hormon", 0, 1, c(1096, 1826))
milestone("ties/CB", "ties.csv", "time", "event", "arm", "C", "B", c(2, 4.5, 11))

counts <- function(x1, n1, x0, n0) {
  o <- list(treatment = list(events = x1, total = n1), control = list(events = x0, total = n0), level = 0.95)
  put <- function(quantity, expected, tolerance = TOLERANCE) add(tag(quantity, x1, n1, x0, n0), quantity, NULL, expected, options = o, tolerance = tolerance)
  p1 <- x1 / n1; p0 <- x0 / n0; delta <- p1 - p0
  put("risk_difference", list(estimate = delta, ci = arr(suppressWarnings(prop.test(c(x1, x0), c(n1, n0), correct = FALSE))$conf.int)))
  if (x1 > 0 && x0 > 0) put("relative_risk", list(estimate = p1 / p0))
  m <- matrix(c(x1, n1 - x1, x0, n0 - x0), 2)
  if (x1 + x0 > 0 && x1 + x0 < n1 + n0) {
    plain <- suppressWarnings(chisq.test(m, correct = FALSE)); yates <- suppressWarnings(chisq.test(m))
    put("chi_square", list(pearson = chi(plain$statistic, 1), yates = chi(yates$statistic, 1)))
  }
  # fisher.test solves for odds ratio and limits to four digits only; here to fourteen, on the log
  # scale, from the same law: the noncentral hypergeometric distribution given the margins.
  f <- fisher.test(m); k <- max(0, x1 + x0 - n0):min(x1 + x0, n1); base <- dhyper(k, n1, n0, x1 + x0, log = TRUE)
  law <- function(log_or) { l <- base + k * log_or; l <- exp(l - max(l)); l / sum(l) }
  root <- function(g) exp(uniroot(g, c(-40, 40), tol = 1e-14)$root)
  or <- if (x1 == min(k)) 0 else if (x1 == max(k)) Inf else root(function(l) sum(k * law(l)) - x1)
  low <- if (x1 == min(k)) 0 else root(function(l) sum(law(l)[k >= x1]) - 0.025)
  high <- if (x1 == max(k)) Inf else root(function(l) sum(law(l)[k <= x1]) - 0.025)
  stopifnot(x1 %in% range(k) || abs(or / f$estimate - 1) < 1e-2)
  put("fisher_exact", list(p_value = f$p.value, odds_ratio = or, ci = arr(c(low, high))))
  # Farrington & Manning: restricted maximum likelihood by direct maximisation, no closed form.
  score <- function(d) {
    ll <- function(p) -sum(dbinom(c(x1, x0), c(n1, n0), pmin(pmax(c(p + d, p), 1e-300), 1 - 1e-16), log = TRUE))
    lo <- max(0, -d); hi <- min(1, 1 - d)
    g <- function(p) (if (x1 > 0) x1 / (p + d) else 0) - (if (x1 < n1) (n1 - x1) / (1 - p - d) else 0) +
      (if (x0 > 0) x0 / p else 0) - (if (x0 < n0) (n0 - x0) / (1 - p) else 0)
    e <- 1e-14 * (hi - lo)
    p <- if (g(lo + e) <= 0) lo else if (g(hi - e) >= 0) hi else uniroot(g, c(lo + e, hi - e), tol = 1e-16)$root
    v <- ((p + d) * (1 - p - d) / n1 + p * (1 - p) / n0) * (n1 + n0) / (n1 + n0 - 1)
    (delta - d) / sqrt(v)
  }
  limit <- function(sign) {
    from <- if (sign < 0) c(-1 + 1e-9, delta - 1e-9) else c(delta + 1e-9, 1 - 1e-9)
    uniroot(function(d) abs(score(d)) - Z, from, tol = 1e-14)$root
  }
  put("miettinen_nurminen", list(estimate = delta, ci = arr(c(limit(-1), limit(1)))), list(relative = 1e-8, absolute = 1e-9))
}
counts(15, 40, 25, 42); counts(3, 120, 9, 118); counts(0, 25, 4, 26); counts(30, 30, 21, 31); counts(56, 70, 48, 80)
counts(1, 9, 1, 11); counts(300, 1000, 350, 990); counts(5, 50, 5, 50); counts(7, 8, 1, 9)
for (q in c("risk_difference", "fisher_exact", "miettinen_nurminen")) {
  add(tag("error/counts/empty_arm", q), q, NULL, list(error = TRUE), options = list(
    treatment = list(events = 0, total = 0), control = list(events = 1, total = 5), level = 0.95))
  add(tag("error/counts/more_events_than_patients", q), q, NULL, list(error = TRUE), options = list(
    treatment = list(events = 6, total = 5), control = list(events = 1, total = 5), level = 0.95))
}

DISTRIBUTION <- c(weibull = "weibull", exponential = "exponential", log_normal = "lognormal", log_logistic = "loglogistic")
parametric <- function(name, data, time, event, covariates) {
  columns <- vapply(covariates, `[[`, "", "name"); d <- rows_of(data, c(time, event, columns))
  for (c in covariates) if (c$kind == "categorical") d[[c$name]] <- factor(d[[c$name]], levels = c$levels$values)
  f <- as.formula(sprintf("Surv(%s, %s) ~ %s", time, event, paste(columns, collapse = "+")))
  terms <- c("intercept", unlist(lapply(covariates, function(c) if (c$kind == "numeric") c$name else paste0(c$name, "=", c$levels$values[-1]))))
  for (n in names(DISTRIBUTION)) {
    m <- survreg(f, d, dist = DISTRIBUTION[[n]], control = survreg.control(rel.tolerance = 1e-13, maxiter = 200))
    add(tag("parametric_survival", name, n), "parametric_survival", data, time = time, event = event,
      covariates = covariates, options = list(distribution = n), tolerance = list(relative = 1e-7, absolute = 1e-10),
      expected = list(terms = arr(terms), coef = arr(coef(m)), scale = m$scale, variance = arr(m$var), log_likelihood = arr(m$loglik)))
  }
}
parametric("lung", "lung.csv", "time", "dead", list(N("age"), N("sex"), F("ph_ecog", 0:3)))
parametric("ovarian", "ovarian.csv", "futime", "fustat", list(N("rx"), N("ecog_ps")))
parametric("gbsg", "gbsg.csv", "rfstime", "status", list(N("hormon"), N("nodes"), F("grade", 1:3)))
parametric("ties", "ties.csv", "time", "event", list(F("arm", c("A", "B", "C")), N("x")))
write_cases("effects")
