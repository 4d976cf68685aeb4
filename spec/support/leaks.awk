# Reads sanitizer reports: any report that is not a leak fails; a direct leak
# fails when a frame of its stack lies in our sources. Indirect ones hang from
# a direct one: a lost block of ours, or the state of a child that left it
# open, which is not ours to judge. Prints one line for each.
function flush() {
  if (leak != "" && ours) {
    printf "not ok leak: %s\n%s", leak, stack
  }
  leak = ""
  stack = ""
  ours = 0
}
/ERROR: AddressSanitizer|runtime error:/ {
  print "not ok " $0
  shown = 25
}
shown > 0 { print "# " $0; shown-- }
/^Direct leak of/ { flush(); leak = $0; next }
/^Indirect leak of|^$/ { flush() }
leak != "" {
  stack = stack "# " $0 "\n"
  if (index($0, root) || /\/shopwire\/(core|engine|server)\.so/) { ours = 1 }
}
END { flush() }
