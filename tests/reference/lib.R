# Shared by every script of this folder: the data sets, and writing cases as JSON.
# A script is run from this folder: Rscript km.R
suppressPackageStartupMessages({library(survival); library(cmprsk)})
options(stringsAsFactors = FALSE, warn = 1)
CONTROL <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
TOLERANCE <- list(relative = 1e-8, absolute = 1e-12)
LEVELS <- list()
.cases <- list()

read_data <- function(name, factors = list()) {
  d <- read.csv(file.path("data", name), na.strings = "", check.names = FALSE)
  for (f in names(factors)) d[[f]] <- factor(d[[f]], levels = factors[[f]])
  d
}

# ---- JSON -----------------------------------------------------------------------------------
arr <- function(x) structure(list(values = x), class = "arr")   # an array whatever its length
obj <- function(...) structure(list(...), class = "obj")         # an object, also when empty
num <- function(x) {
  if (is.na(x)) return("null")
  if (is.infinite(x)) return(if (x > 0) "\"Infinity\"" else "\"-Infinity\"")
  sprintf("%.17g", x)
}
txt <- function(x) paste0("\"", gsub("\"", "\\\\\"", gsub("\\\\", "\\\\\\\\", x)), "\"")
one <- function(x) {
  if (is.logical(x) && !is.na(x)) return(if (x) "true" else "false")
  if (is.character(x)) return(txt(x))
  num(as.numeric(x))
}
json <- function(x) {
  if (is.null(x)) return("null")
  if (inherits(x, "arr")) {
    v <- x$values
    if (is.matrix(v)) {
      rows <- lapply(seq_len(nrow(v)), function(i) arr(v[i, ]))
      return(paste0("[", paste(vapply(rows, json, ""), collapse = ", "), "]"))
    }
    items <- if (is.list(v)) vapply(v, json, "") else vapply(unname(v), one, "")
    return(paste0("[", paste(items, collapse = ", "), "]"))
  }
  if (inherits(x, "obj") || (is.list(x) && !is.null(names(x)))) {
    x <- unclass(x)
    pairs <- vapply(names(x), function(n) paste0(txt(n), ": ", json(x[[n]])), "")
    return(paste0("{", paste(pairs, collapse = ", "), "}"))
  }
  if (is.list(x)) return(paste0("[", paste(vapply(x, json, ""), collapse = ", "), "]"))
  stopifnot(length(x) == 1)
  one(x)
}

# ---- cases ----------------------------------------------------------------------------------
numeric_covariate <- function(name) list(name = name, kind = "numeric")
factor_covariate <- function(name, levels)
  list(name = name, kind = "categorical", levels = arr(levels))

add <- function(id, quantity, data, expected, time = NULL, event = NULL, entry = NULL,
                cluster = NULL, weights = NULL, where = obj(), by = character(),
                strata = character(), covariates = list(), interactions = list(),
                options = obj(), tolerance = TOLERANCE, call = "") {
  case <- list(id = id, quantity = quantity)
  for (n in c("data", "time", "event", "entry", "cluster", "weights"))
    case[n] <- list(get(n))
  case <- c(case, list(where = where, by = arr(by), strata = arr(strata), covariates = covariates,
    interactions = interactions, options = options, expected = expected, tolerance = tolerance,
    call = call))
  .cases[[length(.cases) + 1]] <<- case
}
write_cases <- function(name) {
  ids <- vapply(.cases, function(case) case$id, "")
  stopifnot(!anyDuplicated(ids))
  head <- list(program = R.version.string, packages = list(
    survival = as.character(packageVersion("survival")),
    cmprsk = as.character(packageVersion("cmprsk"))), script = paste0("tests/reference/", name, ".R"))
  lines <- vapply(.cases, json, "")
  text <- c("{", "\"format\": \"adjuvant-reference/1\",", paste0("\"source\": ", json(head), ","),
    "\"cases\": [", paste0(lines, c(rep(",", length(lines) - 1), "")), "]}")
  writeLines(text, file.path("data", paste0(name, ".json")), useBytes = TRUE)
  cat(name, ":", length(lines), "cases\n")
}

# ---- pieces of expected values --------------------------------------------------------------
chi <- function(x, df) list(chi_square = unname(x), df = df,
                            p_value = unname(pchisq(x, df, lower.tail = FALSE)))
surv <- function(d, time, event, entry = NULL)
  if (is.null(entry)) Surv(d[[time]], d[[event]]) else Surv(d[[entry]], d[[time]], d[[event]])
# The groups of `by`, each with its rows, in ascending order.
split_by <- function(d, by) {
  if (!length(by)) return(list(list(group = obj(), rows = d)))
  keys <- unique(d[, by, drop = FALSE])
  keys <- keys[do.call(order, unname(as.list(keys))), , drop = FALSE]
  lapply(seq_len(nrow(keys)), function(i) {
    hit <- Reduce(`&`, lapply(by, function(b) d[[b]] == keys[[b]][i]))
    list(group = structure(as.list(keys[i, , drop = FALSE]), names = by), rows = d[hit, ])
  })
}
as_group <- function(g) if (length(g)) lapply(g, function(x) if (is.factor(x)) as.character(x) else x) else obj()
