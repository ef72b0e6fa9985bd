# Log-rank tests: survdiff of R survival for rho = 0 and rho > 0. What survdiff does not offer
# (gamma, Gehan, Tarone-Ware, Peto-Peto, modest weights, MaxCombo) is written out here from the
# papers, event time by event time, and checked against survdiff where the two meet.
source("lib.R")
tag <- function(...) paste(c(...), collapse = "/")
rows_of <- function(data, columns, where) {
  d <- read_data(data)
  for (column in names(where)) d <- d[d[[column]] == where[[column]], ]
  d[complete.cases(d[, columns]), ]
}

k_groups <- function(name, data, time, event, by, strata = character(), rho = 0, where = obj()) {
  d <- rows_of(data, c(time, event, by, strata), where)
  g <- interaction(d[, by, drop = FALSE], drop = TRUE, lex.order = TRUE)
  for (r in rho) {
    y <- Surv(d[[time]], d[[event]])
    f <- if (length(strata)) {
      s <- interaction(d[, strata, drop = FALSE], drop = TRUE)
      survdiff(y ~ g + strata(s), rho = r)
    } else survdiff(y ~ g, rho = r)
    total <- function(m) if (is.matrix(m)) rowSums(m) else m
    df <- sum(total(f$exp) > 0) - 1
    quantity <- if (r > 0) "fleming_harrington" else if (length(strata)) "stratified_log_rank" else "log_rank"
    add(tag(quantity, "k_groups", name, if (length(strata)) tag("by", strata), r), quantity, data,
      time = time, event = event, by = by, strata = strata, where = where,
      options = if (r > 0) list(rho = r, gamma = 0) else obj(),
      expected = c(list(groups = arr(lapply(split_by(d, by), function(s) as_group(s$group))),
        n = arr(as.vector(f$n)), observed = arr(total(f$obs)), expected = arr(total(f$exp)),
        variance = arr(f$var)), chi(f$chisq, df)))
  }
}

# U = sum w (d1 - d n1 / n) and V = sum w^2 d (n1 / n)(1 - n1 / n)(n - d)/(n - 1) in one stratum.
score_parts <- function(time, event, treated, weight, entry = NULL) {
  if (is.null(entry)) entry <- rep(-1, length(time))
  at <- sort(unique(time[event == 1]))
  n <- sapply(at, function(t) sum(entry < t & time >= t))
  n1 <- sapply(at, function(t) sum(treated == 1 & entry < t & time >= t))
  d <- sapply(at, function(t) sum(time == t & event == 1))
  d1 <- sapply(at, function(t) sum(treated == 1 & time == t & event == 1))
  w <- weight(at, n, d)
  v <- ifelse(n > 1, d * (n1 / n) * (1 - n1 / n) * (n - d) / (n - 1), 0)
  list(u = sum(w * (d1 - d * n1 / n)), v = sum(w^2 * v), w = w, each = v)
}
before <- function(n, d) c(1, cumprod(1 - d / n))[seq_along(n)]
WEIGHTS <- list(
  fleming_harrington = function(o) function(t, n, d) before(n, d)^o$rho * (1 - before(n, d))^o$gamma,
  gehan = function(o) function(t, n, d) n,
  tarone_ware = function(o) function(t, n, d) sqrt(n),
  peto_peto = function(o) function(t, n, d) cumprod(1 - d / (n + 1)),
  modified_peto_peto = function(o) function(t, n, d) cumprod(1 - d / (n + 1)) * n / (n + 1),
  modestly_weighted_log_rank = function(o) function(t, n, d)
    1 / pmax(before(n, d), c(1, cumprod(1 - d / n))[1 + sum(t <= o$delay)]))

two_arms <- function(name, data, time, event, by, control, treatment, delay, strata = character(),
                     entry = NULL, where = obj()) {
  d <- rows_of(data, c(time, event, by, strata, entry), where)
  d <- d[d[[by]] %in% c(control, treatment), ]
  d$.treated <- as.integer(d[[by]] == treatment)
  d$.s <- if (length(strata)) interaction(d[, strata, drop = FALSE], drop = TRUE) else 1
  arms <- list(control = control, treatment = treatment)
  put <- function(quantity, o, expected, part = "") add(
    tag(quantity, "two_arms", name, if (length(strata)) tag("by", strata), part), quantity, data,
    time = time, event = event, by = by, strata = strata, entry = entry, where = where,
    options = c(arms, o), expected = expected)
  parts <- function(quantity, o) lapply(split(d, d$.s), function(r) score_parts(r[[time]], r[[event]],
    r$.treated, WEIGHTS[[quantity]](o), if (is.null(entry)) NULL else r[[entry]]))
  single <- function(quantity, o, part = "") {
    p <- parts(quantity, o)
    u <- sum(sapply(p, `[[`, "u")); v <- sum(sapply(p, `[[`, "v"))
    if (quantity == "fleming_harrington" && o$gamma == 0 && is.null(entry)) {
      y <- Surv(d[[time]], d[[event]]); treated <- d$.treated; s <- d$.s
      f <- if (length(strata)) survdiff(y ~ treated + strata(s), rho = o$rho)
           else survdiff(y ~ treated, rho = o$rho)
      stopifnot(abs(f$chisq - u^2 / v) < 1e-9 * f$chisq)
    }
    put(quantity, o, c(list(score = u, variance = v, z = u / sqrt(v)), chi(u^2 / v, 1)), part)
  }
  for (rg in list(c(0, 0), c(1, 0), c(0, 1), c(1, 1), c(0.5, 0.5), c(2, 0.5), c(0, 3)))
    single("fleming_harrington", list(rho = rg[1], gamma = rg[2]), tag(rg))
  for (q in c("gehan", "tarone_ware", "peto_peto", "modified_peto_peto")) single(q, obj())
  for (m in delay) single("modestly_weighted_log_rank", list(delay = m), m)
  for (combo in list(list(c(0, 0), c(0, 1)), list(c(0, 0), c(1, 0.5)), list(c(0, 0), c(0, 0.5), c(0.5, 0.5)))) {
    p <- lapply(combo, function(rg) parts("fleming_harrington", list(rho = rg[1], gamma = rg[2])))
    u <- sapply(p, function(q) sum(sapply(q, `[[`, "u")))
    v <- outer(seq_along(p), seq_along(p), Vectorize(function(a, b)
      sum(mapply(function(x, y) sum(x$w * y$w * x$each), p[[a]], p[[b]]))))
    z <- u / sqrt(diag(v)); rho <- cov2cor(v); m <- max(abs(z))
    inside <- normal_box(rep(-m, length(z)), rep(m, length(z)), rho)
    above <- normal_box(rep(min(z), length(z)), rep(Inf, length(z)), rho)
    rate <- list(relative = 1e-6, absolute = 2e-9)
    add(tag("max_combo", name, if (length(strata)) tag("by", strata), length(combo), combo[[2]][1]), "max_combo",
      data, time = time, event = event, by = by, strata = strata, entry = entry, where = where,
      options = c(arms, list(weights = arr(lapply(combo, arr)))),
      tolerance = c(TOLERANCE, list(fields = list(p_two_sided = rate, p_one_sided = rate))),
      expected = list(score = arr(u), covariance = arr(v), z = arr(z), correlation = arr(rho),
        max_abs_z = m, p_two_sided = 1 - inside, p_one_sided = 1 - above))
  }
}
# P(lower < Z < upper) for 2 or 3 standard normals, by nested adaptive quadrature.
normal_box <- function(lower, upper, r) {
  g <- function(f, a, b) integrate(f, max(a, -9), min(b, 9), rel.tol = 1e-11, abs.tol = 1e-13, subdivisions = 500)$value
  pair <- function(lo, up, rho) {
    s <- sqrt(1 - rho^2)
    g(function(x) dnorm(x) * (pnorm((up[2] - rho * x) / s) - pnorm((lo[2] - rho * x) / s)), lo[1], up[1])
  }
  if (length(lower) == 2) return(pair(lower, upper, r[1, 2]))
  a <- r[1, 2]; b <- r[1, 3]; sa <- sqrt(1 - a^2); sb <- sqrt(1 - b^2)
  rho <- (r[2, 3] - a * b) / (sa * sb)
  g(Vectorize(function(x) dnorm(x) * pair((lower[2:3] - c(a, b) * x) / c(sa, sb),
    (upper[2:3] - c(a, b) * x) / c(sa, sb), rho)), lower[1], upper[1])
}

k_groups("lung/sex", "lung.csv", "time", "dead", "sex", rho = c(0, 0.5, 1, 2))
k_groups("lung/ecog", "lung.csv", "time", "dead", "ph_ecog", rho = c(0, 1))
k_groups("lung/ecog", "lung.csv", "time", "dead", "ph_ecog", "inst", rho = c(0, 1))
k_groups("lung/sex", "lung.csv", "time", "dead", "sex", c("inst", "ph_ecog"))
k_groups("gbsg/hormon_meno", "gbsg.csv", "rfstime", "status", c("hormon", "meno"), rho = c(0, 0.3))
k_groups("gbsg/hormon", "gbsg.csv", "rfstime", "status", "hormon", c("meno", "grade"), rho = c(0, 1))
k_groups("rotterdam/size", "rotterdam.csv", "first", "any", "size", "meno")
k_groups("kidney/disease", "kidney.csv", "time", "status", "disease", rho = c(0, 1))
k_groups("ties/arm", "ties.csv", "time", "event", "arm", rho = c(0, 1))
k_groups("ties/arm", "ties.csv", "time", "event", "arm", "centre", rho = c(0, 1))
k_groups("ties/stage", "ties.csv", "time", "event", "stage", c("centre", "arm"))
k_groups("smooth/arm", "smooth.csv", "time", "event", "arm", "block", rho = c(0, 1))
for (s in c("arm_without_event", "arm_of_one", "last_subject_alone", "arms_tied_everywhere", "separated"))
  k_groups(tag("edges", s), "edges.csv", "time", "event", "arm", where = list(set = s), rho = c(0, 1))
k_groups("edges/stratum_of_one", "edges.csv", "time", "event", "arm", "stratum", where = list(set = "stratum_of_one"))

two_arms("lung/sex", "lung.csv", "time", "dead", "sex", 1, 2, c(0, 180, 365.25))
two_arms("gbsg/hormon", "gbsg.csv", "rfstime", "status", "hormon", 0, 1, 1000, strata = c("meno", "grade"))
two_arms("ties/AB", "ties.csv", "time", "event", "arm", "A", "B", c(3, 4.5))
two_arms("ties/CA", "ties.csv", "time", "event", "arm", "C", "A", 2, strata = "centre")
two_arms("ties/entry", "ties.csv", "time", "event", "arm", "A", "B", 2, entry = "entry")
two_arms("smooth/arm", "smooth.csv", "time", "event", "arm", 0, 1, 10, strata = "block")
two_arms("edges/arm_without_event", "edges.csv", "time", "event", "arm", 0, 1, 4, where = list(set = "arm_without_event"))
for (q in c("log_rank", "gehan", "fleming_harrington", "modestly_weighted_log_rank")) {
  more <- list(fleming_harrington = list(rho = 0, gamma = 1), modestly_weighted_log_rank = list(delay = 4))[[q]]
  add(tag("error/no_event", q), q, "edges.csv", time = "time", event = "event", by = "arm",
    where = list(set = "no_event_in_two_arms"), options = c(list(control = 0, treatment = 1), more),
    expected = list(error = TRUE))
  add(tag("error/no_such_arm", q), q, "edges.csv", time = "time", event = "event", by = "arm",
    where = list(set = "arm_without_event"), options = c(list(control = 0, treatment = 7), more),
    expected = list(error = TRUE))
}
write_cases("log_rank")
