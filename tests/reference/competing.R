# Competing risks: cuminc and crr of cmprsk, survfit and finegray of survival.
source("lib.R")
tag <- function(...) paste(c(...), collapse = "/")
rows_of <- function(data, columns) { d <- read_data(data); d[complete.cases(d[, columns]), ] }

incidence <- function(name, data, time, event, by, times) {
  d <- rows_of(data, c(time, event, by)); curves <- list(); at <- list()
  causes <- sort(setdiff(unique(d[[event]]), 0))
  for (cause in causes) for (s in split_by(d, by)) {
    r <- s$rows; f <- cuminc(r[[time]], r[[event]], cencode = 0)
    one <- f[[paste("1", cause)]]
    # cuminc returns both corners of each step; a curve of the format has one row a step, and the
    # last time.
    when <- sort(unique(c(r[[time]][r[[event]] == cause], max(r[[time]]))))
    value <- timepoints(f, when); row <- paste("1", cause)
    curves <- c(curves, list(list(group = as_group(s$group), cause = cause, time = arr(when),
      estimate = arr(value$est[row, ]), variance = arr(value$var[row, ]))))
    value <- timepoints(f, times)
    at <- c(at, list(list(group = as_group(s$group), cause = cause, estimate = arr(value$est[row, ]),
      variance = arr(value$var[row, ]))))
  }
  add(tag("cumulative_incidence", name), "cumulative_incidence", data, time = time, event = event, by = by,
      options = list(times = arr(times)), expected = list(curves = arr(curves), at = arr(at)))
}
gray <- function(name, data, time, event, by, rho = 0, strata = character()) {
  d <- rows_of(data, c(time, event, by, strata))
  for (r in rho) {
    s <- if (length(strata)) interaction(d[, strata, drop = FALSE], drop = TRUE) else rep(1, nrow(d))
    g <- interaction(d[, by, drop = FALSE], drop = TRUE)
    t <- cuminc(d[[time]], d[[event]], g, s, rho = r, cencode = 0)$Tests
    add(tag("gray_test", name, if (length(strata)) tag("by", strata), r), "gray_test", data, time = time,
      event = event, by = by, strata = strata, options = list(rho = r),
      expected = list(causes = arr(lapply(seq_len(nrow(t)), function(i)
        list(cause = as.integer(rownames(t)[i]), chi_square = t[i, "stat"], df = t[i, "df"],
             p_value = pchisq(t[i, "stat"], t[i, "df"], lower.tail = FALSE))))))
  }
}
jackknife <- function(name, data, time, event, by) {
  d <- rows_of(data, c(time, event, by)); causes <- sort(setdiff(unique(d[[event]]), 0))
  group <- function(s) {
    r <- s$rows
    f <- survfit(Surv(r[[time]], factor(r[[event]], c(0, causes))) ~ 1)
    tiny <- f$pstate < 1e-15
    blank <- function(m) { m[tiny] <- NA; m }
    list(group = as_group(s$group), time = arr(f$time), number_at_risk = arr(rowSums(f$n.risk)),
      probability = arr(f$pstate), std_error = arr(f$std.err), lower = arr(blank(f$lower)),
      upper = arr(blank(f$upper)))
  }
  add(tag("aalen_johansen", name), "aalen_johansen", data, time = time, event = event, by = by,
    options = list(ci = "log", level = 0.95),
    expected = list(states = arr(c(0, causes)), groups = arr(lapply(split_by(d, by), group))))
}
RATE <- list(relative = 1e-6, absolute = 1e-9)
terms_of <- function(covariates) unlist(lapply(covariates, function(c)
  if (c$kind == "numeric") c$name else paste0(c$name, "=", c$levels$values[-1])))
model <- function(name, data, time, event, covariates, causes) {
  columns <- vapply(covariates, `[[`, "", "name")
  d <- rows_of(data, c(time, event, columns))
  for (c in covariates) if (c$kind == "categorical") d[[c$name]] <- factor(d[[c$name]], levels = c$levels$values)
  x <- model.matrix(as.formula(paste("~", paste(columns, collapse = "+"))), d)[, -1, drop = FALSE]
  put <- function(kind, cause, expected) add(tag("fine_gray", name, cause, kind), "fine_gray", data,
    time = time, event = event, covariates = covariates, options = list(cause = cause, method = kind),
    tolerance = RATE, expected = expected)
  for (cause in causes) {
    f <- crr(d[[time]], d[[event]], x, failcode = cause, gtol = 1e-15, maxiter = 100)
    put("subdistribution", cause, list(terms = arr(terms_of(covariates)), n = nrow(d), coef = arr(f$coef),
      se = arr(sqrt(diag(f$var))), variance = arr(f$var), model_based_variance = arr(f$invinf),
      log_likelihood = arr(c(f$loglik.null, f$loglik))))
    wide <- data.frame(x, .time = d[[time]], .cause = factor(d[[event]], sort(unique(c(0, d[[event]])))), check.names = FALSE)
    long <- finegray(Surv(.time, .cause) ~ ., data = wide, etype = as.character(cause))
    y <- Surv(long$fgstart, long$fgstop, long$fgstatus)
    g <- coxph(y ~ as.matrix(long[, colnames(x)]), weights = long$fgwt, robust = FALSE, control = CONTROL)
    put("weighted_cox", cause, list(terms = arr(terms_of(covariates)), coef = arr(coef(g)),
      model_based_variance = arr(g$var), log_likelihood = arr(g$loglik)))
  }
}
N <- numeric_covariate; F <- factor_covariate
incidence("risks/group", "risks.csv", "time", "cause", "group", c(0, 1, 2.5, 7, 10, 11))
incidence("risks/all", "risks.csv", "time", "cause", character(), c(3, 9))
incidence("transplant/group", "transplant.csv", "futime", "cause", "group", c(10, 100, 365.25, 2000))
incidence("rotterdam/meno", "rotterdam.csv", "first", "cause", "meno", c(365, 1826, 3652))
for (r in c("risks/group", "risks/z")) gray(r, "risks.csv", "time", "cause", sub("risks/", "", r), c(0, 1, 2.5))
gray("risks/group", "risks.csv", "time", "cause", "group", c(0, 1), "site")
gray("risks/two", "risks.csv", "time", "two", "group", 0, c("site", "z"))
gray("transplant/group", "transplant.csv", "futime", "cause", "group", c(0, 0.5))
gray("transplant/group", "transplant.csv", "futime", "cause", "group", 0, "era")
gray("rotterdam/hormon", "rotterdam.csv", "first", "cause", "hormon", c(0, 1), "meno")
jackknife("risks/group", "risks.csv", "time", "cause", "group")
jackknife("risks/all", "risks.csv", "time", "cause", character())
jackknife("transplant/era", "transplant.csv", "futime", "cause", "era")
model("risks", "risks.csv", "time", "cause", list(N("x"), N("z"), F("group", c("A", "B", "C"))), 1:3)
model("transplant", "transplant.csv", "futime", "cause", list(N("age"), N("female"), F("group", c("O", "A", "B"))), 1:3)
model("rotterdam", "rotterdam.csv", "first", "cause", list(N("nodes"), N("hormon"), F("size", c("<=20", "20-50", ">50"))), 1:2)
write_cases("competing")
