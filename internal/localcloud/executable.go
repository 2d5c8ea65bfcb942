package localcloud

import (
	"debug/elf"
	"debug/macho"
)

// builtFor is the platform of a binary in Go's spelling; empty for what is no
// binary, such as a script.
func builtFor(path string) string {
	if file, err := elf.Open(path); err == nil {
		defer func() { _ = file.Close() }()
		return "linux/" + map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64"}[file.Machine]
	}
	if file, err := macho.Open(path); err == nil {
		defer func() { _ = file.Close() }()
		return "darwin/" + map[macho.Cpu]string{macho.CpuAmd64: "amd64", macho.CpuArm64: "arm64"}[file.Cpu]
	}
	return ""
}
