# Cox models for the scripts that source this file after lib.R: a spec, its fit, its estimates.
# The formula's right-hand side, and R's coefficient names as the terms of the format.
rhs <- function(covariates, interactions, strata, cluster) paste(c(
  vapply(covariates, `[[`, "", "name"), vapply(interactions, function(p) paste(p, collapse = ":"), ""),
  if (length(strata)) paste0("strata(", paste(strata, collapse = ","), ")"),
  if (!is.null(cluster)) paste0("cluster(", cluster, ")")), collapse = " + ")
terms_of <- function(covariates, interactions) {
  of <- function(name) {
    c <- Filter(function(c) c$name == name, covariates)[[1]]
    if (c$kind == "numeric") name else paste0(name, "=", c$levels$values[-1])
  }
  main <- lapply(covariates, function(c) of(c$name))
  pairs <- lapply(interactions, function(p) as.vector(outer(of(p[1]), of(p[2]), paste, sep = ":")))
  unlist(c(main, pairs))
}
prepared <- function(spec) {
  d <- read_data(spec$data)
  for (column in names(spec$where)) d <- d[d[[column]] == spec$where[[column]], ]
  used <- c(spec$time, spec$event, spec$entry, spec$cluster, spec$weights, spec$strata,
            vapply(spec$covariates, `[[`, "", "name"))
  d <- d[complete.cases(d[, used]), ]
  for (c in spec$covariates) if (c$kind == "categorical") d[[c$name]] <- factor(d[[c$name]], levels = c$levels$values)
  if (!is.null(spec$landmark)) { d <- d[d[[spec$time]] > spec$landmark, ]; d[[spec$time]] <- d[[spec$time]] - spec$landmark }
  if (!is.null(spec$cause)) d[[spec$event]] <- as.integer(d[[spec$event]] == spec$cause)
  d
}
fit_of <- function(spec, ties = "efron", robust = FALSE, drop = FALSE) {
  d <- prepared(spec)
  left <- if (is.null(spec$entry)) sprintf("Surv(%s, %s)", spec$time, spec$event)
          else sprintf("Surv(%s, %s, %s)", spec$entry, spec$time, spec$event)
  f <- as.formula(paste(left, "~", rhs(spec$covariates, if (drop) list() else spec$interactions, spec$strata, spec$cluster)))
  args <- list(formula = f, data = d, ties = ties, control = CONTROL, x = TRUE, y = TRUE)
  if (!is.null(spec$weights)) args$weights <- d[[spec$weights]]
  if (robust) args$robust <- TRUE else if (!is.null(spec$weights) && is.null(spec$cluster)) args$robust <- FALSE
  # With entry times coxph asks who is who: here every row is its own cluster.
  if (robust && is.null(spec$cluster) && !is.null(spec$entry)) args$cluster <- seq_len(nrow(d))
  do.call(coxph, args)
}
spec <- function(data, time, event, covariates, entry = NULL, cluster = NULL, weights = NULL, strata = character(),
                 where = obj(), interactions = list(), landmark = NULL, cause = NULL)
  list(data = data, time = time, event = event, covariates = covariates, entry = entry, cluster = cluster,
       weights = weights, strata = strata, where = where, interactions = interactions, landmark = landmark, cause = cause)
put <- function(id, quantity, s, options, expected, tolerance = TOLERANCE)
  add(id, quantity, s$data, time = s$time, event = s$event, entry = s$entry, cluster = s$cluster, weights = s$weights,
      strata = s$strata, where = s$where, covariates = s$covariates, interactions = lapply(s$interactions, arr),
      options = options, expected = expected, tolerance = tolerance)

estimates <- function(s, f, robust) {
  p <- length(coef(f)); z <- qnorm(0.975); se <- sqrt(diag(f$var))
  e <- list(terms = arr(terms_of(s$covariates, s$interactions)), n = f$n, events = f$nevent, coef = arr(coef(f)),
    se = arr(se), variance = arr(f$var))
  if (robust) e$model_based_variance <- arr(f$naive.var)
  e <- c(e, list(log_likelihood = arr(f$loglik), hr_ci = arr(exp(cbind(coef(f) - z * se, coef(f) + z * se))),
    lrt = chi(2 * diff(f$loglik), p), wald = chi(f$wald.test, p), score = chi(f$score, p)))
  if (robust) e$robust_score <- chi(f$rscore, p)
  e$concordance <- list(estimate = f$concordance[["concordance"]])
  # The format's standard error (infinitesimal jackknife by row) is for plain fits.
  if (!robust && is.null(s$weights)) e$concordance$std_error <- f$concordance[["std"]]
  e
}
