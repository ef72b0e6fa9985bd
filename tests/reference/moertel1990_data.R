# Writes the subject-level data of the shipped study moertel1990 from R's survival::colon:
# one line a patient, both event types side by side, no value changed.
# Run from the repository root:  Rscript tests/reference/moertel1990_data.R
library(survival)
recurrence <- colon[colon$etype == 1, ]
death <- colon[colon$etype == 2, ]
recurrence <- recurrence[order(recurrence$id), ]
death <- death[order(death$id), ]
stopifnot(identical(recurrence$id, death$id), nrow(recurrence) == 929)
patients <- data.frame(
  id = recurrence$id, rx = recurrence$rx, sex = recurrence$sex, age = recurrence$age,
  obstruct = recurrence$obstruct, perfor = recurrence$perfor, adhere = recurrence$adhere,
  nodes = recurrence$nodes, node4 = recurrence$node4, differ = recurrence$differ,
  extent = recurrence$extent, surg = recurrence$surg,
  recurrence_days = recurrence$time, recurrence = recurrence$status,
  death_days = death$time, death = death$status
)
write.csv(patients, "src/adjuvant/studies/moertel1990/data/patients.csv",
  row.names = FALSE, quote = FALSE, na = ""
)
