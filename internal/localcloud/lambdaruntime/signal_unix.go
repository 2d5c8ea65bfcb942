//go:build unix

package lambdaruntime

import (
	"os/exec"
	"syscall"
)

// killGroup ends the process and whatever it started. A stopped process dies,
// too.
func killGroup(command *exec.Cmd) {
	if command.Process != nil {
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	}
}

// signalGroup stops the process and whatever it started, or lets them run on.
func signalGroup(command *exec.Cmd, stop bool) {
	s := syscall.SIGCONT
	if stop {
		s = syscall.SIGSTOP
	}
	if command.Process != nil {
		_ = syscall.Kill(-command.Process.Pid, s)
	}
}
