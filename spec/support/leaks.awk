# Reads sanitizer reports: any report that is not a leak fails; a leak fails
# when a frame of its stack lies in our sources. Prints one line for each.
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
/^(Direct|Indirect) leak of/ { flush(); leak = $0; next }
/^$/ { flush() }
leak != "" {
  stack = stack "# " $0 "\n"
  if (index($0, root) || /\/shopwire\/(core|engine|server)\.so/) { ours = 1 }
}
END { flush() }
