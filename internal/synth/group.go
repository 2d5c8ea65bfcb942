package synth

import (
	"os/exec"
	"syscall"
	"time"
)

// inGroup has everything that the program started end with it: the Go tool, the
// app and jsii's Node.
func inGroup(command *exec.Cmd) *exec.Cmd {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }
	command.WaitDelay = 5 * time.Second
	return command
}
