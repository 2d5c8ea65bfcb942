package lambdaruntime

import "syscall"

// ownGroup makes the process die with us, also when we are killed.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
