-- A busted helper: the collector never pauses, and a full collection comes
-- every so many instructions, wherever the code is.
collectgarbage("setpause", 0)
collectgarbage("setstepmul", 1000)
debug.sethook(function()
  collectgarbage()
end, "", 200000)
