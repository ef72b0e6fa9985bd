# What no given case holds: interval censoring (survreg, and Turnbull's curve by its own long EM),
# critical values of simultaneous bands, win ratio and average hazard ratio by brute force.
source("lib.R")
found <- list()
keep <- function(name, ...) found[[name]] <<- list(...)

# ---- interval censoring: visits every 2 to 4 months, some times known exactly, some never seen ----
set.seed(7)
n <- 160
visits <- data.frame(arm = rep(0:1, length.out = n), x = round(rnorm(n), 2))
when <- rweibull(n, 1.4, 14) * exp(0.4 * visits$arm - 0.3 * visits$x)
seen <- lapply(seq_len(n), function(i) cumsum(sample(2:4, 9, TRUE))[seq_len(sample(3:9, 1))])
visits$lower <- mapply(function(t, v) max(0, v[v < t]), when, seen)
visits$upper <- mapply(function(t, v) if (any(v >= t)) min(v[v >= t]) else NA, when, seen)
exact <- which(!is.na(visits$upper))[c(TRUE, rep(FALSE, 9))]
visits$lower[exact] <- visits$upper[exact] <- round(when[exact], 1)
write.csv(visits, "data/visits.csv", row.names = FALSE, na = "")
y <- with(visits, Surv(ifelse(lower == 0, NA, lower), upper, type = "interval2"))
for (dist in c("weibull", "exponential", "lognormal", "loglogistic")) {
  name <- c(weibull = "weibull", exponential = "exponential", lognormal = "log_normal", loglogistic = "log_logistic")[[dist]]
  f <- survreg(y ~ arm + x, visits, dist = dist, control = survreg.control(rel.tolerance = 1e-13, maxiter = 200))
  keep(paste("interval", name), coef = arr(coef(f)), scale = f$scale, variance = arr(f$var), log_likelihood = arr(f$loglik))
}
# Turnbull: EM on the innermost intervals (l, r], run until nothing moves, then checked by the
# Kuhn-Tucker conditions: no mass can be moved to raise the likelihood.
turnbull <- function(l, u) {
  u[is.na(u)] <- Inf; at <- l == u
  ends <- rbind(data.frame(t = u[!at], k = 0, left = FALSE), data.frame(t = l[at], k = 1, left = TRUE),
                data.frame(t = l[at], k = 2, left = FALSE), data.frame(t = l[!at], k = 3, left = TRUE))
  ends <- unique(ends); ends <- ends[order(ends$t, ends$k), ]
  i <- which(ends$left[-nrow(ends)] & !ends$left[-1]); q <- ends$t[i]; p <- ends$t[i + 1]
  a <- outer(seq_along(l), seq_along(q), Vectorize(function(r, j) if (at[r]) q[j] == l[r] && p[j] == l[r]
    else if (q[j] == p[j]) q[j] > l[r] && p[j] <= u[r] else q[j] >= l[r] && p[j] <= u[r])) + 0
  m <- rep(1 / length(q), length(q))
  for (round in 1:400000) { new <- m * colMeans(a / drop(a %*% m)); if (max(abs(new - m)) < 1e-15) break; m <- new }
  gain <- colMeans(a / drop(a %*% m))
  list(right = p, mass = m, log_likelihood = sum(log(drop(a %*% m))), kuhn_tucker = max(gain))
}
for (arm in 0:1) {
  t <- with(visits[visits$arm == arm, ], turnbull(lower, upper)); big <- t$mass > 1e-7
  stopifnot(t$kuhn_tucker < 1 + 1e-6)
  keep(paste("turnbull", arm), right = arr(t$right[big]), mass = arr(t$mass[big]), log_likelihood = t$log_likelihood)
}

# ---- bands ----------------------------------------------------------------------------------
# Equal precision: a stationary Ornstein-Uhlenbeck process stays within +-c for a time; its generator
# on a grid with absorbing ends, by eigenvalues, extrapolated from two grids.
stays <- function(c, span, m) {
  x <- seq(-c, c, length.out = m + 2)[2:(m + 1)]; h <- 2 * c / (m + 1)
  # du = -u ds + sqrt(2) dW; symmetric after scaling by the square root of the stationary density.
  up <- exp(-((x[-1] + x[-m]) / 2)^2 / 2) / h^2; w <- dnorm(x) * sqrt(2 * pi)
  edge <- exp(-((c + x[m]) / 2)^2 / 2) / h^2
  d <- -(c(edge, up) + c(up, edge)) / w; o <- up / sqrt(w[-1] * w[-m])
  g <- diag(d); g[cbind(1:(m - 1), 2:m)] <- o; g[cbind(2:m, 1:(m - 1))] <- o
  e <- eigen(g, symmetric = TRUE); v <- drop(crossprod(e$vectors, sqrt(w)))
  sum(v^2 * exp(e$values * span)) * h / sqrt(2 * pi)
}
ep <- function(level, a, b) {
  span <- 0.5 * log(b * (1 - a) / (a * (1 - b)))
  uniroot(function(c) (4 * stays(c, span, 401) - stays(c, span, 200)) / 3 - level, c(1.5, 5), tol = 1e-10)$root
}
# Hall-Wellner: the bridge at a and b is normal; between, it stays within +-h with the probability
# that two barriers leave (Anderson 1960).
hw <- function(level, a, b) {
  inside <- function(h, y, z, s) { j <- -6:6; w <- 2 * h
    sum(exp(-2 * j * w * (j * w + z - y) / s) - exp(-2 * (j * w + z + h) * (j * w + y + h) / s)) }
  p <- function(h) integrate(Vectorize(function(y) dnorm(y, 0, sqrt(a * (1 - a))) * integrate(Vectorize(function(z)
    dnorm(z, y * (1 - b) / (1 - a), sqrt((b - a) * (1 - b) / (1 - a))) * inside(h, y, z, b - a)), -h, h, rel.tol = 1e-9)$value), -h, h, rel.tol = 1e-9)$value
  uniroot(function(h) p(h) - level, c(0.3, 2.5), tol = 1e-9)$root
}
range <- list(c(0.1, 0.6), c(0.02, 0.98), c(0.3, 0.9), c(0.15, 0.85))
for (r in range) for (level in c(0.9, 0.95)) keep(paste("band", level, r[1], r[2]), a = r[1], b = r[2], level = level,
  equal_precision = ep(level, r[1], r[2]), hall_wellner = hw(level, r[1], r[2]))

# ---- pairs ----------------------------------------------------------------------------------
rot <- read_data("rotterdam.csv"); rot <- rbind(rot[rot$hormon == 1, ][1:50, ], rot[rot$hormon == 0 & rot$nodes > 3, ][1:70, ])
first_event <- function(t1, e1, t0, e0) if (e0 == 1 && t0 < t1) 1 else if (e1 == 1 && t1 < t0) -1 else
  # At one time an event precedes a censoring: the other is known to have gone on.
  if (t1 == t0 && e0 == 1 && e1 == 0) 1 else if (t1 == t0 && e1 == 1 && e0 == 0) -1 else 0
pairs <- function(d) {
  w <- l <- 0; a <- d[d$hormon == 1, ]; b <- d[d$hormon == 0, ]
  for (i in seq_len(nrow(a))) for (j in seq_len(nrow(b))) {
    s <- first_event(a$dtime[i], a$death[i], b$dtime[j], b$death[j])
    if (s == 0) s <- first_event(a$rtime[i], a$recur[i], b$rtime[j], b$recur[j])
    w <- w + (s > 0); l <- l + (s < 0)
  }
  c(w, l) / (nrow(a) * nrow(b))
}
drop_one <- function(d, f) sapply(seq_len(nrow(d)), function(i) f(d[-i, ]))
jack_se <- function(v, group) sqrt(sum(tapply(v, group, function(x) (length(x) - 1) / length(x) * sum((x - mean(x))^2))))
all <- pairs(rot); left_out <- drop_one(rot, pairs)
keep("win ratio", ids = arr(rot$pid), wins = all[1], losses = all[2], ratio = all[1] / all[2],
  log_ratio_se = jack_se(log(left_out[1, ] / left_out[2, ]), rot$hormon), benefit_se = jack_se(left_out[1, ] - left_out[2, ], rot$hormon))
gbsg <- read_data("gbsg.csv")[1:300, ]
ahr <- function(d, tau = 1800) {
  f <- lapply(0:1, function(h) with(d[d$hormon == h, ], survfit(Surv(rfstime, status) ~ 1)))
  s <- function(k, t) c(1, f[[k]]$surv)[1 + findInterval(t, f[[k]]$time)]
  at <- sort(unique(d$rfstime[d$status == 1 & d$rfstime <= tau])); before <- c(0, at[-length(at)])
  ratio <- function(own, other) sum((s(other, at) + s(other, before)) / 2 * (s(own, before) - s(own, at)))
  ratio(2, 1) / ratio(1, 2)
}
keep("average hazard ratio", tau = 1800, ratio = ahr(gbsg), log_ratio_se = jack_se(log(drop_one(gbsg, ahr)), gbsg$hormon))
# ---- Firth's penalty: l(b) + log|I(b)| / 2 from coxph at given coefficients, maximised directly ----
firth <- function(name, y, x, ties, strata = rep(1, nrow(x))) {
  value <- function(b) {
    f <- suppressWarnings(coxph(y ~ x + strata(strata), init = b, ties = ties, control = coxph.control(iter.max = 0)))
    f$loglik[2] - log(det(f$var)) / 2
  }
  p <- ncol(x); spread <- apply(x, 2, sd)
  climb <- function(free, b) {   # maximum over the free coefficients, the others held
    if (!any(free)) return(list(b = b, value = value(b)))
    at <- function(u) { b[free] <- u / spread[free]; -value(b) }
    u <- b[free] * spread[free]
    for (round in 1:6) { o <- nlminb(u, at, control = list(rel.tol = 1e-15, x.tol = 1e-13, eval.max = 5000, iter.max = 2000)); u <- o$par }
    b[free] <- u / spread[free]
    list(b = b, value = -o$objective)
  }
  best <- climb(rep(TRUE, p), rep(0, p))
  profile <- function(j, v) { b <- best$b; b[j] <- v; climb(seq_len(p) != j, b)$value }
  limit <- function(j, side) {
    g <- function(v) 2 * (best$value - profile(j, v)) - qchisq(0.95, 1)
    far <- best$b[j] + side / spread[j]; while (g(far) < 0) far <- far + side / spread[j]
    uniroot(g, sort(c(best$b[j], far)), tol = 1e-10 / spread[j])$root
  }
  j <- seq_len(p)
  keep(paste("firth", name, ties), coef = arr(best$b), log_likelihood = arr(c(value(rep(0, p)), best$value)),
    lower = arr(sapply(j, limit, -1)), upper = arr(sapply(j, limit, 1)),
    p_values = arr(sapply(j, function(k) pchisq(2 * (best$value - profile(k, 0)), 1, lower.tail = FALSE))))
}
ovarian <- read_data("ovarian.csv"); edges <- read_data("edges.csv"); ties <- read_data("ties.csv")[1:80, ]
for (t in c("breslow", "efron")) {
  for (s in c("arm_without_event", "separated")) with(edges[edges$set == s, ], firth(s, Surv(time, event), cbind(arm), t))
  with(ovarian, firth("ovarian", Surv(futime, fustat), cbind(rx, age), t))
  with(ties, firth("ties strata", Surv(time, event), cbind(treated, x), t, stage))
}
head <- list(program = R.version.string, packages = list(survival = as.character(packageVersion("survival"))), script = "tests/reference/beyond.R")
lines <- mapply(function(n, v) paste0(json(n), ": ", json(v)), names(found), found)
writeLines(c("{", paste0("\"source\": ", json(head), ","), paste0(lines, c(rep(",", length(lines) - 1), "")), "}"), "data/beyond.json")
cat("beyond :", length(found), "values\n")
