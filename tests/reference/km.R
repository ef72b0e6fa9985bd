# Kaplan-Meier, its quantiles and values at fixed times, reverse Kaplan-Meier, Nelson-Aalen,
# restricted means, mean cumulative functions: survfit of R survival.
source("lib.R")
CI <- c("log", "log-log", "plain", "logit", "arcsin")

fit_of <- function(d, time, event, entry, weights, ci, reverse = FALSE) {
  status <- if (reverse) 1 - d[[event]] else d[[event]]
  y <- if (is.null(entry)) Surv(d[[time]], status) else Surv(d[[entry]], d[[time]], status)
  if (is.null(weights)) survfit(y ~ 1, conf.type = ci)
  else survfit(y ~ 1, weights = d[[weights]], robust = FALSE, conf.type = ci)
}
km_group <- function(g, f) list(group = as_group(g), time = arr(f$time), number_at_risk = arr(f$n.risk),
  events = arr(f$n.event), censored = arr(f$n.censor), survival = arr(f$surv),
  std_error = arr(f$surv * f$std.err), lower = arr(f$lower), upper = arr(f$upper))
at_group <- function(g, f, times) {
  s <- summary(f, times = times, extend = TRUE)
  list(group = as_group(g), time = arr(s$time), number_at_risk = arr(s$n.risk), survival = arr(s$surv),
       std_error = arr(s$std.err), lower = arr(s$lower), upper = arr(s$upper))
}
quantile_group <- function(g, f, p) {
  q <- quantile(f, probs = p)
  list(group = as_group(g), quantile = arr(as.numeric(q$quantile)), lower = arr(as.numeric(q$lower)),
       upper = arr(as.numeric(q$upper)))
}
groups <- function(d, by, f) list(groups = lapply(split_by(d, by), function(s) f(s$group, s$rows)))
tag <- function(...) paste(c(...), collapse = "/")

curves <- function(name, data, time, event, by = character(), entry = NULL, weights = NULL,
                   where = obj(), times = NULL, probabilities = c(0.1, 0.25, 0.5, 0.75, 0.9),
                   ci = CI, quantiles = TRUE) {
  d <- read_data(data)
  for (column in names(where)) d <- d[d[[column]] == where[[column]], ]
  d <- d[complete.cases(d[, c(time, event, entry, weights, by)]), ]
  fit <- function(rows, ci, ...) fit_of(rows, time, event, entry, weights, ci, ...)
  put <- function(...) add(..., data = data, time = time, event = event, by = by, entry = entry,
                           weights = weights, where = where)
  for (c in ci) {
    o <- list(ci = c, level = 0.95)
    put(id = tag("kaplan_meier", name, c), quantity = "kaplan_meier", options = o,
        expected = groups(d, by, function(g, r) km_group(g, fit(r, c))))
    if (quantiles) {
      p <- c(o, list(probabilities = arr(probabilities)))
      put(id = tag("survival_quantile", name, c), quantity = "survival_quantile", options = p,
          expected = groups(d, by, function(g, r) quantile_group(g, fit(r, c), probabilities)))
      if (is.null(weights)) put(id = tag("reverse_kaplan_meier", name, c), quantity = "reverse_kaplan_meier",
          options = p, expected = groups(d, by, function(g, r)
            quantile_group(g, fit(r, c, reverse = TRUE), probabilities)))
    }
    if (!is.null(times)) put(id = tag("survival_at", name, c), quantity = "survival_at",
      options = c(o, list(times = arr(times))),
      expected = groups(d, by, function(g, r) at_group(g, fit(r, c), times)))
  }
  if (is.null(weights)) put(id = tag("nelson_aalen", name), quantity = "nelson_aalen",
    expected = groups(d, by, function(g, r) {
      f <- fit(r, "log")
      list(group = as_group(g), time = arr(f$time), cumulative_hazard = arr(f$cumhaz),
           std_error = arr(f$std.chaz))
    }))
}
means <- function(name, data, time, event, taus, by = character(), where = obj(), entry = NULL) {
  d <- read_data(data)
  for (column in names(where)) d <- d[d[[column]] == where[[column]], ]
  for (tau in taus) add(id = tag("rmst", name, tau), quantity = "rmst", data = data, time = time,
    event = event, by = by, where = where, entry = entry, options = list(tau = tau),
    expected = groups(d, by, function(g, r) {
      f <- fit_of(r, time, event, entry, NULL, "log")
      s <- summary(f, rmean = if (is.na(tau)) max(r[[time]]) else tau)$table
      list(group = as_group(g), rmst = s[["rmean"]], std_error = s[["se(rmean)"]])
    }))
}

curves("lung/sex", "lung.csv", "time", "dead", "sex", times = c(0, 1, 5, 180, 365, 1022, 2000))
curves("lung/ecog", "lung.csv", "time", "dead", "ph_ecog", ci = c("log", "log-log"))
curves("ovarian/rx", "ovarian.csv", "futime", "fustat", "rx", times = c(100, 365.25, 431, 2000))
curves("gbsg/hormon_meno", "gbsg.csv", "rfstime", "status", c("hormon", "meno"), ci = c("log-log", "arcsin"),
       times = c(365, 1096, 1826, 2659))
curves("aml", "aml.csv", "time", "status", "x")
curves("kidney/disease", "kidney.csv", "time", "status", "disease", ci = "log-log")
curves("retinopathy/trt", "retinopathy.csv", "futime", "status", "trt", ci = c("log", "logit"))
curves("heart/entry", "heart.csv", "stop", "event", entry = "start", ci = c("log", "plain"))
curves("nafld/entry", "nafld.csv", "exit", "status", "male", entry = "entry", ci = c("log", "log-log"),
       where = list(male = 1), quantiles = FALSE)
curves("ties/arm", "ties.csv", "time", "event", "arm", times = c(0.5, 3, 3.5, 12, 13))
curves("ties/entry", "ties.csv", "time", "event", "arm", entry = "entry")
curves("ties/weight", "ties.csv", "time", "event", "arm", weights = "weight")
curves("ties/count", "ties.csv", "time", "event", weights = "count", ci = c("log", "arcsin"))
curves("ties/entry_weight", "ties.csv", "time", "event", "treated", entry = "entry", weights = "weight",
       ci = "log", quantiles = FALSE)
curves("smooth/arm", "smooth.csv", "time", "event", "arm", times = c(1, 10.5, 40))
for (s in c("half_exactly", "half_then_censored", "half_with_censoring", "last_censored", "last_event",
            "all_censored", "all_tied_events", "all_tied_mixed", "one_event", "one_censored", "time_zero",
            "time_zero_censored", "decimals"))
  curves(tag("edges", s), "edges.csv", "time", "event", where = list(set = s), times = c(0, 2, 2.5, 100))
for (s in c("gap_in_risk_set", "entries_interleaved"))
  curves(tag("edges", s), "edges.csv", "time", "event", where = list(set = s), entry = "entry",
         ci = c("log", "log-log", "plain"))

means("lung/sex", "lung.csv", "time", "dead", c(NA, 180, 365.25, 700), "sex")
means("ovarian/rx", "ovarian.csv", "futime", "fustat", c(NA, 500), "rx")
means("gbsg", "gbsg.csv", "rfstime", "status", c(NA, 1826), c("hormon"))
means("ties/arm", "ties.csv", "time", "event", c(NA, 5, 12), "arm")
means("smooth/arm", "smooth.csv", "time", "event", c(20), "arm")
for (s in c("half_exactly", "last_censored", "last_event", "time_zero"))
  means(tag("edges", s), "edges.csv", "time", "event", c(NA, 3), where = list(set = s))

recurrent <- function(name, data, time, event, entry, cluster, by) {
  d <- read_data(data)
  add(id = tag("mean_cumulative_function", name), quantity = "mean_cumulative_function", data = data,
    time = time, event = event, entry = entry, cluster = cluster, by = by,
    expected = groups(d, by, function(g, r) {
      f <- survfit(Surv(r[[entry]], r[[time]], r[[event]]) ~ 1, id = r[[cluster]])
      list(group = as_group(g), time = arr(f$time), number_at_risk = arr(f$n.risk),
           events = arr(f$n.event), mean = arr(f$cumhaz), std_error = arr(f$std.chaz))
    }))
}
recurrent("cgd/treat", "cgd.csv", "tstop", "status", "tstart", "id", "treat")
recurrent("cgd/all", "cgd.csv", "tstop", "status", "tstart", "id", character())
write_cases("km")
