# Writes the data sets of this folder: those of the R package survival (LGPL >= 2, see
# data/LICENSE.survival) that no shipped case holds, and seeded random ones with heavy ties.
suppressPackageStartupMessages(library(survival))
put <- function(d, name) write.csv(d, file.path("data", name), row.names = FALSE, na = "")

l <- lung; l$dead <- l$status - 1; names(l) <- gsub(".", "_", names(l), fixed = TRUE)
put(l[, c("inst", "time", "dead", "age", "sex", "ph_ecog", "ph_karno", "wt_loss")], "lung.csv")
o <- ovarian; names(o) <- gsub(".", "_", names(o), fixed = TRUE); put(o, "ovarian.csv")
put(gbsg, "gbsg.csv")
r <- rotterdam[seq(1, nrow(rotterdam), by = 3), ]
# Recurrence, or death without it, whichever came first; the package says some deaths are later
# than the last recurrence visit: those are taken as they are.
r$first <- pmin(r$rtime, r$dtime)
r$cause <- ifelse(r$recur == 1, 1, ifelse(r$death == 1, 2, 0))
r$any <- as.integer(r$cause > 0)
put(r[, c("pid", "age", "meno", "size", "grade", "nodes", "hormon", "chemo", "rtime", "recur",
          "dtime", "death", "first", "cause", "any")], "rotterdam.csv")
put(rats, "rats.csv")
put(retinopathy[, c("id", "laser", "age", "type", "trt", "futime", "status", "risk")],
    "retinopathy.csv")
put(kidney[, c("id", "time", "status", "age", "sex", "disease")], "kidney.csv")
h <- heart; h$transplant <- as.integer(as.character(h$transplant)); put(h, "heart.csv")
c0 <- cgd; c0$gap <- c0$tstop - c0$tstart
# Later events than the third are one stratum: single-member strata come in the edges instead.
c0$number <- pmin(c0$enum, 3)
put(c0[, c("id", "treat", "sex", "age", "inherit", "steroids", "tstart", "tstop", "gap", "status",
           "enum", "number")], "cgd.csv")
n <- nafld1[nafld1$id %% 12 == 0, c("id", "age", "male", "bmi", "futime", "status")]
n <- n[n$futime > 0, ]; n$entry <- n$age * 365; n$exit <- n$entry + n$futime
put(n, "nafld.csv")
t0 <- transplant
t0 <- t0[!is.na(t0$age) & t0$futime > 0, ]
t0$cause <- c(censored = 0, death = 2, ltx = 1, withdraw = 3)[as.character(t0$event)]
t0$group <- ifelse(t0$abo == "AB", "B", as.character(t0$abo))
t0$era <- ifelse(t0$year < 1995, "early", "late")
t0$female <- as.integer(t0$sex == "f")
put(t0[, c("age", "female", "group", "era", "futime", "cause")], "transplant.csv")
m <- myeloid; m$arm <- ifelse(m$trt == "B", 1, 0); m$male <- as.integer(m$sex == "m")
put(m[, c("id", "arm", "male", "futime", "death")], "myeloid.csv")
put(aml, "aml.csv")

set.seed(20261125)
# Heavy ties: 300 rows on 12 distinct times, late entries, fractional weights, three arms,
# strata of unequal size, a factor, a covariate far from zero.
size <- 300
ties <- data.frame(
  arm = sample(c("A", "B", "C"), size, TRUE), centre = sample(1:7, size, TRUE, c(8, 6, 4, 3, 2, 1, 1)),
  stage = sample(c("I", "II", "III"), size, TRUE), dose = round(rnorm(size, 500, 40)),
  x = round(rnorm(size), 3), pair = rep(1:100, each = 3))
hazard <- 0.12 * exp(0.5 * (ties$arm == "B") - 0.3 * (ties$arm == "C") + 0.4 * ties$x)
event_at <- ceiling(rexp(size) / hazard); censored_at <- sample(2:12, size, TRUE)
ties$time <- pmin(event_at, censored_at, 12); ties$event <- as.integer(event_at <= pmin(censored_at, 12))
ties$entry <- pmax(0, ties$time - sample(1:9, size, TRUE))
ties$weight <- round(runif(size, 0.2, 3), 2); ties$count <- sample(1:4, size, TRUE)
ties$treated <- as.integer(ties$arm == "B")
put(ties, "ties.csv")

# Competing risks on 10 distinct times: three causes, three groups, two strata.
size <- 400
risks <- data.frame(group = sample(c("A", "B", "C"), size, TRUE, c(5, 3, 2)),
  site = sample(c("north", "south"), size, TRUE), x = round(rnorm(size), 2), z = sample(0:1, size, TRUE))
rate <- cbind(0.10 * exp(0.5 * (risks$group == "B") + 0.3 * risks$x), 0.07 * exp(-0.4 * risks$z), 0.03)
when <- ceiling(rexp(size) / rowSums(rate)); stop_at <- sample(1:10, size, TRUE)
which_cause <- apply(rate, 1, function(p) sample(1:3, 1, prob = p))
risks$time <- pmin(when, stop_at); risks$cause <- ifelse(when <= stop_at, which_cause, 0)
risks$two <- pmin(risks$cause, 2)
put(risks, "risks.csv")

# Continuous times: no ties, decimals kept as they are.
size <- 250
smooth <- data.frame(arm = rep(0:1, length.out = size), x = rnorm(size), block = sample(1:4, size, TRUE))
when <- rweibull(size, 1.3, 20) * exp(0.4 * smooth$arm - 0.5 * smooth$x); stop_at <- runif(size, 5, 45)
smooth$time <- round(pmin(when, stop_at), 9); smooth$event <- as.integer(when <= stop_at)
put(smooth, "smooth.csv")

# Edges: small sets, chosen by the column `set`.
edge <- function(set, time, event, arm = 0, stratum = 1, x = 0, entry = 0)
  data.frame(set, time, event, arm, stratum, x, entry)
edges <- rbind(
  edge("half_exactly", 1:4, 1), edge("half_then_censored", c(1, 2, 3, 4), c(1, 1, 0, 0)),
  edge("half_with_censoring", c(1, 2, 2, 3, 4, 5, 6, 7, 8, 9), c(1, 1, 1, 1, 1, 0, 0, 0, 1, 0)),
  edge("last_censored", c(2, 3, 5, 7, 9), c(1, 1, 0, 1, 0)),
  edge("last_event", c(2, 3, 5, 7, 9), c(1, 0, 1, 0, 1)),
  edge("all_censored", c(2, 4, 4, 9), 0), edge("all_tied_events", rep(5, 6), 1),
  edge("all_tied_mixed", rep(5, 6), c(1, 1, 0, 0, 1, 0)),
  edge("one_event", 7, 1), edge("one_censored", 7, 0),
  edge("time_zero", c(0, 0, 1, 2, 3, 4), c(1, 0, 1, 0, 1, 1)),
  edge("time_zero_censored", c(0, 0, 3, 4), c(0, 0, 1, 0)),
  edge("decimals", c(0.1, 0.2, 0.3, 0.30000000000000004, 0.7, 1.5), c(1, 1, 1, 0, 1, 0)),
  edge("gap_in_risk_set", c(2, 3, 8, 9, 10, 11), c(1, 1, 1, 0, 1, 1), entry = c(0, 1, 5, 5, 6, 7)),
  edge("entries_interleaved", c(4, 5, 6, 6, 8, 8, 9, 12), c(1, 0, 1, 1, 1, 0, 1, 0), arm = c(0, 1, 0, 1, 0, 1, 0, 1),
       x = c(1, 3, 2, 5, 4, 2, 6, 1), entry = c(0, 1, 4, 2, 5, 3, 6, 8)),
  edge("arm_without_event", c(3, 5, 6, 8, 4, 6, 9, 9), c(1, 1, 0, 1, 0, 0, 0, 0), arm = rep(0:1, each = 4)),
  edge("no_event_in_two_arms", c(3, 5, 6, 8), 0, arm = c(0, 0, 1, 1)),
  edge("arm_of_one", c(3, 5, 6, 8, 4), c(1, 1, 0, 1, 1), arm = c(0, 0, 0, 0, 1)),
  edge("stratum_of_one", c(3, 5, 6, 8, 4, 7, 2, 9), c(1, 1, 0, 1, 1, 1, 1, 0), arm = c(0, 1, 0, 1, 0, 1, 1, 0),
       stratum = c(1, 1, 1, 1, 1, 1, 2, 3), x = c(1, 4, 2, 6, 3, 5, 9, 7)),
  edge("last_subject_alone", c(1, 2, 3, 4, 5), 1, arm = c(0, 1, 0, 1, 1), x = c(2, 5, 1, 4, 3)),
  edge("arms_tied_everywhere", rep(c(2, 4), 6), c(1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 0), arm = rep(0:1, each = 6)),
  edge("separated", c(1, 2, 3, 4, 5, 6, 7, 8), c(1, 1, 1, 1, 0, 0, 0, 0), arm = rep(0:1, each = 4)),
  edge("ordered_perfectly", 1:6, 1, x = c(6, 5, 4, 3, 2, 1)),
  edge("huge_scale", c(3, 5, 6, 8, 4, 7, 2, 9), c(1, 1, 0, 1, 1, 1, 1, 0),
       x = 1e7 + 1e4 * c(1, 4, 2, 6, 3, 5, 9, 7)),
  edge("tiny_scale", c(3, 5, 6, 8, 4, 7, 2, 9), c(1, 1, 0, 1, 1, 1, 1, 0), x = 1e-6 * c(1, 4, 2, 6, 3, 5, 9, 7)),
  edge("unequal_follow_up", c(2, 4, 6, 8, 1, 3, 5, 12), c(1, 0, 1, 0, 1, 1, 0, 0), arm = rep(0:1, each = 4)),
  edge("both_end_in_event", c(2, 4, 6, 8, 1, 3, 5, 12), c(1, 0, 1, 1, 1, 1, 0, 1), arm = rep(0:1, each = 4)))
put(edges, "edges.csv")
