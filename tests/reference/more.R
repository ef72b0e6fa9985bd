# What the format of the cases cannot say: other levels, offsets, predicted curves, strata in the
# baseline hazard, trend tests, weights across strata, stratified counts, tables under the curves.
source("lib.R")
found <- list()
keep <- function(name, ...) found[[name]] <<- list(...)
lung <- read_data("lung.csv"); ties <- read_data("ties.csv"); gbsg <- read_data("gbsg.csv")
heart <- read_data("heart.csv"); risks <- read_data("risks.csv")

for (level in c(0.8, 0.9, 0.99)) for (ci in c("log", "log-log", "plain", "logit", "arcsin")) {
  f <- survfit(Surv(time, dead) ~ 1, lung, conf.int = level, conf.type = ci); q <- quantile(f, 0.5)
  keep(paste("kaplan_meier", level, ci), lower = arr(f$lower), upper = arr(f$upper),
    median = unname(c(q$quantile)), median_lower = unname(c(q$lower)), median_upper = unname(c(q$upper)))
}
f <- coxph(Surv(time, dead) ~ age + sex, lung, control = CONTROL)
s <- summary(f, conf.int = 0.9)$conf.int
keep("cox level", hr_ci = arr(unname(s[, 3:4])))

# Offsets: a known effect held fixed.
for (t in c("efron", "breslow")) {
  f <- coxph(Surv(time, event) ~ treated + offset(0.4 * x) + strata(stage), ties, ties = t, control = CONTROL)
  keep(paste("cox offset", t), coef = arr(coef(f)), variance = arr(f$var), log_likelihood = arr(f$loglik),
    score = f$score, wald = unname(f$wald.test))
  f <- coxph(Surv(entry, time, event) ~ treated + offset(0.4 * x), ties, ties = t, control = CONTROL)
  keep(paste("cox offset entry", t), coef = arr(coef(f)), variance = arr(f$var), log_likelihood = arr(f$loglik),
    score = f$score, wald = unname(f$wald.test))
}

# Predicted curves for one patient, by stratum, with Efron's and Breslow's increments.
for (t in c("efron", "breslow")) for (ci in c("log", "log-log")) {
  f <- coxph(Surv(time, event) ~ treated + x + strata(stage), ties, ties = t, control = CONTROL)
  p <- survfit(f, data.frame(treated = 1, x = 0.5), conf.type = ci)
  keep(paste("predicted strata", t, ci), strata = arr(sub("stage=", "", names(p$strata))), size = arr(unname(p$strata)),
    time = arr(p$time), survival = arr(p$surv), std_error = arr(p$surv * p$std.err), lower = arr(p$lower), upper = arr(p$upper))
  f <- coxph(Surv(start, stop, event) ~ age + transplant, heart, ties = t, control = CONTROL)
  p <- survfit(f, data.frame(age = -5, transplant = 1), conf.type = ci)
  keep(paste("predicted entry", t, ci), time = arr(p$time), survival = arr(p$surv), std_error = arr(p$surv * p$std.err),
    lower = arr(p$lower), upper = arr(p$upper))
}
for (t in c("efron", "breslow")) {
  b <- basehaz(coxph(Surv(time, event) ~ treated + x + strata(stage), ties, ties = t, control = CONTROL), centered = FALSE)
  keep(paste("baseline strata", t), strata = arr(sub("stage=", "", as.character(b$strata))), time = arr(b$time), hazard = arr(b$hazard))
}

# Trend: (s'(O - E))^2 / s'Vs with survdiff's O, E and V.
trend <- function(name, y, g, scores, strata = NULL) {
  f <- if (is.null(strata)) survdiff(y ~ g) else survdiff(y ~ g + strata(strata))
  total <- function(m) if (is.matrix(m)) rowSums(m) else m
  u <- sum(scores * (total(f$obs) - total(f$exp))); v <- drop(scores %*% f$var %*% scores)
  keep(paste("trend", name), scores = arr(scores), statistic = u, variance = v, z = u / sqrt(v), chi_square = u^2 / v)
}
trend("lung", with(lung[!is.na(lung$ph_ecog), ], Surv(time, dead)), lung$ph_ecog[!is.na(lung$ph_ecog)], c(0, 1, 2, 3))
trend("ties strata", with(ties, Surv(time, event)), ties$stage, c(1, 2, 5), ties$centre)

# Fleming-Harrington with one weight function for all strata: S of the whole sample, variance within.
y <- survfit(Surv(time, event) ~ 1, ties); before <- function(t) c(1, y$surv)[1 + sapply(t, function(u) sum(y$time < u))]
for (rg in list(c(1, 0), c(0, 1), c(0.5, 2))) {
  u <- v <- 0
  d0 <- ties[ties$arm %in% c("A", "B"), ]
  y <- survfit(Surv(time, event) ~ 1, d0)
  for (s in split(d0, d0$stage)) for (t in sort(unique(s$time[s$event == 1]))) {
    n <- sum(s$time >= t); n1 <- sum(s$time >= t & s$arm == "B"); d <- sum(s$time == t & s$event); d1 <- sum(s$time == t & s$event & s$arm == "B")
    w <- before(t)^rg[1] * (1 - before(t))^rg[2]
    u <- u + w * (d1 - d * n1 / n); if (n > 1) v <- v + w^2 * d * n1 / n * (1 - n1 / n) * (n - d) / (n - 1)
  }
  keep(paste("across strata", rg[1], rg[2]), rho = rg[1], gamma = rg[2], score = u, variance = v, z = u / sqrt(v))
}

# Cochran-Mantel-Haenszel: mantelhaen.test.
cells <- array(c(12, 8, 7, 14, 30, 11, 22, 25, 3, 9, 1, 10), c(2, 2, 3))   # [event, arm, stratum]
m <- mantelhaen.test(cells, correct = FALSE); k <- mantelhaen.test(cells, correct = TRUE)
keep("cmh", cells = arr(as.vector(cells)), chi_square = unname(m$statistic), corrected = unname(k$statistic),
  odds_ratio = unname(m$estimate), ci = arr(as.vector(m$conf.int)))

# KMunicate: at risk just before t, and the cumulated counts before t.
f <- survfit(Surv(rfstime, status) ~ hormon, gbsg); ticks <- c(0, 365, 731, 1096, 1461, 1826, 2192, 2557)
for (h in 0:1) {
  g <- gbsg[gbsg$hormon == h, ]
  keep(paste("at risk", h), times = arr(ticks), at_risk = arr(sapply(ticks, function(t) sum(g$rfstime >= t))),
    censored = arr(sapply(ticks, function(t) sum(g$rfstime < t & g$status == 0))),
    events = arr(sapply(ticks, function(t) sum(g$rfstime < t & g$status == 1))))
  stopifnot(all(summary(f[h + 1], times = ticks, extend = TRUE)$n.risk == found[[paste("at risk", h)]]$at_risk$values))
}
for (ci in c("log-log", "plain")) {
  f <- survfit(Surv(time, factor(cause)) ~ 1, risks, conf.type = ci, conf.int = 0.9)
  keep(paste("aalen_johansen", ci), time = arr(f$time), lower = arr(f$lower), upper = arr(f$upper))
}
head <- list(program = R.version.string, packages = list(survival = as.character(packageVersion("survival"))), script = "tests/reference/more.R")
lines <- mapply(function(n, v) paste0(json(n), ": ", json(v)), names(found), found)
writeLines(c("{", paste0("\"source\": ", json(head), ","), paste0(lines, c(rep(",", length(lines) - 1), "")), "}"), "data/more.json")
cat("more :", length(found), "values\n")
