package main_test

import (
	"os/exec"
	"syscall"
)

// endsWithTests stops a command when these tests are killed: whoever kills them
// leaves no Region running.
func endsWithTests(command *exec.Cmd) *exec.Cmd {
	if command.SysProcAttr == nil {
		command.SysProcAttr = &syscall.SysProcAttr{}
	}
	command.SysProcAttr.Pdeathsig = syscall.SIGTERM
	return command
}
