// Package process ends programs with everything that they have started.
package process

import (
	"os/exec"
	"syscall"
	"time"
)

// InGroup has everything that the program starts end with it when its context
// does.
func InGroup(command *exec.Cmd) *exec.Cmd {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }
	command.WaitDelay = 5 * time.Second
	return command
}
