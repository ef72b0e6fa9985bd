# Every estimator on twenty more data sets of R `survival`: at most 120 rows of each, drawn once,
# with the columns of each brought to the same names. Where R warns, leaves a coefficient out or
# has no answer, the call is passed over; of all cases 25 a data set are kept, drawn once.
source("lib.R")
source("cox_lib.R")
# The functions of the other scripts, without the calls that fill their own files.
borrow <- function(script) {
  room <- new.env(parent = globalenv())
  for (e in as.list(parse(script))) {
    made <- is.call(e) && identical(e[[1]], as.name("<-")) && is.name(e[[2]])
    if (made && !as.character(e[[2]]) %in% c("d", "s", ".cases")) eval(e, room)
  }
  room
}
KM <- borrow("km.R"); LR <- borrow("log_rank.R"); CX <- borrow("cox.R"); CR <- borrow("competing.R"); EF <- borrow("effects.R")
N <- numeric_covariate
any_fit <- fit_of
fit_of <- function(...) { f <- any_fit(...); stopifnot(f$nevent > 0, !anyNA(coef(f))); f }
leaves <- function(x) if (is.list(x) || inherits(x, "arr")) unlist(lapply(unclass(x), leaves)) else x
answered <- function(case) !case$quantity %in% c("rmst_difference", "milestone_difference", "parametric_survival") ||
  all(is.finite(suppressWarnings(as.numeric(leaves(case$expected[names(case$expected) != "terms"])))))
third <- function(x) { x[is.na(x)] <- median(x, na.rm = TRUE); c("low", "middle", "high")[1 + (x > quantile(x, 1/3)) + (x > quantile(x, 2/3))] }
two <- function(x) as.integer(x == sort(unique(x))[1])

# time, event, cause (0, 1, 2), arm (0, 1), x, z numbers, stratum, entry (or NA), id
S <- function(time, event, arm, x, z, stratum, cause = event, entry = NA, id = NA) {
  d <- data.frame(time, event = as.integer(event), cause = as.integer(cause), arm = as.integer(arm), x = as.numeric(x),
    z = as.numeric(z), stratum = as.character(stratum), entry = as.numeric(entry), id = as.character(id))
  d <- d[!is.na(d$time) & !is.na(d$event) & !is.na(d$arm) & d$time > 0, ]
  if (nrow(d) > 120) d <- d[sort(sample(nrow(d), 120)), ]
  stopifnot(length(unique(d$arm)) == 2)
  d$group <- third(d$x); n <- nrow(d)
  d$weight <- sample(c(0.5, 1, 1.5, 2.25, 3), n, TRUE)
  if (all(is.na(d$id))) d$id <- as.character(sample(ceiling(n / 2), n, TRUE))
  if (all(is.na(d$entry))) d$entry <- floor(d$time * sample(c(0, 0, 0.1, 0.3, 0.6), n, TRUE))
  if (all(d$cause %in% 0:1)) d$cause <- ifelse(d$cause == 1, sample(1:2, n, TRUE, c(2, 1)), 0)
  d$first <- ceiling(d$time / quantile(d$time, 0.1))     # whole units: heavy ties
  d
}
set.seed(414)
l <- lung; v <- veteran; o <- ovarian; k <- kidney; b <- bladder; m <- mgus2; r <- rats; t <- retinopathy; h <- heart
p <- pbc; w <- nwtco; di <- diabetic; tr <- transplant; st <- stanford2; my <- myeloid; co <- colon; f <- flchain
ro <- rotterdam; g <- gbsg; mg <- mgus; ml <- myeloma; ud <- udca1
ptime <- ifelse(m$pstat == 0, m$futime, m$ptime)
sets <- list(
  lung = S(l$time, l$status - 1, l$sex - 1, l$age, l$wt.loss, l$ph.ecog),
  veteran = S(v$time, v$status, v$trt - 1, v$karno, v$age, v$celltype),
  ovarian = S(o$futime, o$fustat, o$rx - 1, o$age, o$resid.ds, o$ecog.ps),
  kidney = S(k$time, k$status, k$sex - 1, k$age, k$frail, k$disease, id = k$id),
  bladder = S(b$stop, b$event, b$rx - 1, b$number, b$size, b$enum, id = b$id),
  mgus2 = S(ptime, m$pstat == 1 | m$death == 1, two(m$sex), m$age, m$mspike, cut(m$age, c(0, 60, 75, 200)), ifelse(m$pstat == 1, 1, 2 * m$death)),
  rats = S(r$time, r$status, r$rx, r$litter, two(r$sex), r$sex, id = r$litter),
  retinopathy = S(t$futime, t$status, t$trt, t$age, t$risk, t$type, id = t$id),
  heart = S(h$stop, h$event, as.integer(as.character(h$transplant)), h$age, h$year, h$surgery, entry = h$start, id = h$id),
  pbc = S(p$time, p$status > 0, p$trt - 1, p$age, log(p$bili), p$edema, p$status),
  nwtco = S(w$edrel, w$rel, w$histol - 1, w$age, w$stage, w$instit),
  diabetic = S(di$time, di$status, di$trt, di$age, di$risk, di$laser, id = di$id),
  transplant = S(tr$futime, tr$event != "censored", two(tr$sex), tr$age, tr$year, tr$abo, ifelse(tr$event == "censored", 0, ifelse(tr$event == "ltx", 1, 2))),
  stanford2 = S(st$time, st$status, as.integer(st$age > 45), st$age, st$t5, cut(st$id, 3)),
  myeloid = S(my$futime, my$death, two(my$trt), my$txtime, two(my$sex), my$sex),
  colon = S(co$time, co$status, as.integer(co$rx == "Lev+5FU"), co$age, co$nodes, co$differ, id = co$id),
  flchain = S(f$futime, f$death, two(f$sex), f$age, log(f$kappa), f$mgus),
  rotterdam = S(ro$dtime, ro$death, ro$hormon, ro$age, ro$nodes, as.integer(ro$size)),
  gbsg = S(g$rfstime, g$status, g$hormon, g$age, log1p(g$pgr), g$grade),
  mgus = S(mg$futime, mg$death, two(mg$sex), mg$age, mg$mspike, !is.na(mg$pctime)),
  myeloma = S(ml$futime, ml$death, as.integer(ml$year > median(ml$year)), ml$year, ml$id, cut(ml$year, 3), entry = ml$entry),
  udca1 = S(ud$futime, ud$status, ud$trt, ud$riskscore, log(ud$bili), ud$stage))

# One call in three is made, unless all are asked for: `e` is not evaluated before it is used.
share <- if (Sys.getenv("ALL") != "") 1 else 0.3
quiet <- function(e) if (runif(1) < share) tryCatch(e, error = function(err) NULL, warning = function(err) NULL)
levels_of <- function(d) factor_covariate("group", intersect(c("low", "middle", "high"), d$group))
for (name in names(sets)) {
  d <- sets[[name]]; file <- paste0("spread_", name, ".csv")
  write.csv(d, file.path("data", file), row.names = FALSE, na = "")
  from <- length(.cases); tau <- unname(floor(min(tapply(d$time, d$arm, max)) * 0.8))
  ci <- sample(c("log", "log-log", "plain", "logit", "arcsin"), 2); when <- unname(quantile(d$time, c(0.13, 0.5, 0.9)))
  a <- list(N("arm"), N("x"), levels_of(d)); xz <- list(N("arm"), N("z"))
  for (time in c("time", "first")) {
    id <- paste0("spread/", name, "/", time)
    quiet(KM$curves(paste0(id, "/arm"), file, time, "event", "arm", times = when, ci = ci, probabilities = c(0.15, 0.33, 0.5, 0.8)))
    quiet(KM$curves(paste0(id, "/weight"), file, time, "event", weights = "weight", ci = ci[1]))
    quiet(KM$means(id, file, time, "event", NA, "group"))
    for (strata in list(character(), "stratum")) {
      quiet(LR$k_groups(id, file, time, "event", "group", strata, rho = c(0, 0.7)))
      quiet(LR$two_arms(id, file, time, "event", "arm", 0, 1, when[1:2], strata))
      for (s in list(spec(file, time, "event", a, strata = strata), spec(file, time, "event", xz, strata = strata))) {
        more <- paste(c(id, length(s$covariates), strata), collapse = "/")
        quiet(CX$fits(more, s, transforms = c("km", "rank", "identity", "log")))
        quiet(CX$fits(paste0(more, "/robust"), s, robust = TRUE, ties = "efron", zph = FALSE))
        quiet(CX$profile(more, s)); quiet(CX$leftovers(more, s)); quiet(CX$leftovers(more, s, "breslow"))
        s$cluster <- "id"; quiet(CX$fits(paste0(more, "/id"), s, ties = c("efron", "breslow")))
        s$weights <- "weight"; quiet(CX$fits(paste0(more, "/weights"), s, ties = c("efron", "breslow"), zph = FALSE))
      }
      s <- spec(file, time, "event", a, strata = strata, interactions = list(c("arm", "group")))
      quiet(CX$interaction_of(paste(c(id, strata), collapse = "/"), s))
    }
    quiet(CX$fits(paste0(id, "/landmark"), spec(file, time, "event", xz, landmark = unname(quantile(d[[time]], 0.2))), ties = "efron", quantity = "landmark"))
    quiet(CX$fits(paste0(id, "/cause"), spec(file, time, "cause", xz, cause = 2), ties = "efron", quantity = "cause_specific_cox"))
    for (t in list(tau, 0.5 * tau)) {
      if (time == "first") t <- max(1, floor(t / unname(quantile(d$time, 0.1))))
      quiet(EF$restricted(id, file, time, "event", "arm", 0, 1, t)); quiet(EF$milestone(id, file, time, "event", "arm", 0, 1, t))
      quiet(EF$adjusted(file, time, "event", "arm", 0, 1, t, list(N("x"), N("z"))))
    }
    quiet(EF$parametric(id, file, time, "event", a))
    for (by in list("arm", "group")) {
      quiet(CR$incidence(paste0(id, "/", by), file, time, "cause", by, when)); quiet(CR$gray(paste0(id, "/", by), file, time, "cause", by, c(0, 1)))
      quiet(CR$gray(paste0(id, "/", by), file, time, "cause", by, 0, "stratum")); quiet(CR$jackknife(paste0(id, "/", by), file, time, "cause", by))
    }
    quiet(CR$model(id, file, time, "cause", list(N("arm"), N("x"), N("z")), 1:2))
  }
  late <- spec(file, "time", "event", xz, entry = "entry"); id <- paste0("spread/", name, "/entry")
  if (all(d$entry < d$time)) {
    quiet(KM$curves(id, file, "time", "event", entry = "entry", ci = ci, quantiles = FALSE))
    quiet(LR$two_arms(id, file, "time", "event", "arm", 0, 1, when[2], entry = "entry"))
    quiet(CX$fits(id, late, ties = c("efron", "breslow"))); quiet(CX$leftovers(id, late))
    late$cluster <- "id"; quiet(CX$fits(paste0(id, "/id"), late, ties = c("efron", "breslow")))
    late$strata <- "stratum"; late$weights <- "weight"; quiet(CX$fits(paste0(id, "/all"), late, ties = "efron", zph = FALSE))
  }
  cat(name, length(.cases) - from, "\n")
  kept <- if (Sys.getenv("ALL") != "") Inf else 20
  own <- .cases[(from + 1):length(.cases)]
  own <- Filter(answered, own)
  own <- own[!duplicated(vapply(own, `[[`, "", "id"))]
  if (kept < length(own)) own <- own[sort(sample(length(own), kept))]
  .cases <- c(.cases[seq_len(from)], own)
}
write_cases("spread")
