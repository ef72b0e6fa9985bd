# The plan of moertel1990 by R, on the shipped patients. From the repository's root:
#   Rscript tests/reference/moertel1990_results.R > tests/reference/moertel1990_results.csv
# Made with R 4.2.2, survival 3.5-3, cmprsk 2.2-11.
suppressMessages({library(survival); library(cmprsk)})
d <- read.csv("src/adjuvant/studies/moertel1990/data/patients.csv")
d$arm <- factor(d$rx, c("Obs", "Lev", "Lev+5FU"), c("OBS", "LEV", "LEV5FU"))
d$rfs <- pmax(d$recurrence, d$death * (d$death_days <= d$recurrence_days))
d$state <- ifelse(d$recurrence == 1, 1, ifelse(d$death == 1, 2, 0))
ends <- list(TTR = Surv(d$recurrence_days, d$recurrence), OS = Surv(d$death_days, d$death),
             RFS = Surv(d$recurrence_days, d$rfs))
full <- function(x) ifelse(is.na(x), "", trimws(formatC(x, digits = 17, format = "g")))
put <- function(id, measure, arm, at, value, lower = NA, upper = NA)
  cat(paste(id, measure, arm, full(at), full(value), full(lower), full(upper), sep = ","), sep = "\n")
cat("result,measure,arm,at,value,lower,upper\n")

ratios <- function(id, fit) {
  s <- summary(fit)$conf.int
  arms <- sub("^arm", "", rownames(s))
  put(id, "hazard_ratio", arms, NA, s[, 1], s[, 3], s[, 4])
}
control <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
two <- d$arm != "LEV"
ratios("A_TTR_COX", coxph(ends$TTR ~ arm, d, control = control))
zph <- cox.zph(coxph(ends$TTR ~ arm, d, control = control), transform = "km")$table
put("A_TTR_PH", "proportional_hazards", "", NA, zph["GLOBAL", "chisq"])
ratios("A_TTR_COX_2", coxph(ends$TTR[two] ~ arm, droplevels(d[two, ]), control = control))
ratios("A_TTR_COX_S", coxph(ends$TTR ~ arm + strata(extent > 2, surg, node4), d, control = control))
ratios("A_OS_COX", coxph(ends$OS ~ arm, d, control = control))
ratios("A_RFS_COX", coxph(ends$RFS ~ arm, d, control = control))

for (e in names(ends)) {
  fit <- survfit(ends[[e]] ~ arm, d)
  q <- quantile(fit, 0.5)
  arms <- levels(d$arm)
  put(paste0("A_", e, "_KM"), "median", arms, NA, q$quantile, q$lower, q$upper)
  s <- summary(fit, times = c(1096, 1826))
  put(paste0("A_", e, "_KM"), "survival", sub("arm=", "", s$strata), s$time, s$surv, s$lower, s$upper)
}
for (e in c("TTR", "OS")) {
  put(paste0("A_", e, "_LR"), "log_rank", "", NA, survdiff(ends[[e]] ~ arm, d)$chisq)
  reverse <- ends[[e]]; reverse[, 2] <- 1 - reverse[, 2]
  q <- quantile(survfit(reverse ~ 1), 0.5)
  put(paste0("A_FU_", e), "follow_up_median", "", NA, q$quantile, q$lower, q$upper)
  t <- summary(survfit(ends[[e]] ~ arm, d), rmean = 1826)$table
  z <- qnorm(0.975)
  se <- t[, grep("se\\(rmean\\)", colnames(t))]; m <- t[, "rmean"]
  put(paste0("A_", e, "_RMST"), "rmst", levels(d$arm), 1826, m, m - z * se, m + z * se)
}
s <- summary(survfit(Surv(recurrence_days, factor(state, 0:2)) ~ arm, d), times = c(1096, 1826))
put("A_TTR_CIF", "cumulative_incidence", sub("arm=", "", s$strata), s$time,
    s$pstate[, 2], s$lower[, 2], s$upper[, 2])
put("A_TTR_CIF", "gray", c("recurrence", "death"), NA,
    cuminc(d$recurrence_days, d$state, d$arm)$Tests[, "stat"])

for (f in c("sex", "node4", "surg", "differ")) {
  h <- d[two & !is.na(d[[f]]), ]; h$arm <- droplevels(h$arm)
  h$y <- Surv(h$recurrence_days, h$rfs); h$f <- factor(h[[f]])
  a <- coxph(y ~ arm + f, h, control = control); b <- coxph(y ~ arm * f, h, control = control)
  put("A_RFS_SUB", "interaction_p", f, NA,
      pchisq(2 * (b$loglik[2] - a$loglik[2]), length(coef(b)) - length(coef(a)), lower.tail = FALSE))
}
