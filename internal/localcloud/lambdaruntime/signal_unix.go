//go:build unix

package lambdaruntime

import (
	"os/exec"
	"syscall"
)

// killGroup ends the process and whatever it started. A frozen process dies,
// too.
func killGroup(command *exec.Cmd) {
	if command.Process != nil {
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	}
}

func signalGroup(command *exec.Cmd, s processSignal) {
	signals := map[processSignal]syscall.Signal{freeze: syscall.SIGSTOP, thaw: syscall.SIGCONT}
	if command.Process != nil {
		_ = syscall.Kill(-command.Process.Pid, signals[s])
	}
}
