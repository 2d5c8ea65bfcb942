package localcloud

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// logFolder keeps one file per function and API.
type logFolder struct {
	dir string

	mu    sync.Mutex
	files []*logFile
}

type logFile struct {
	mu   sync.Mutex
	file *os.File
}

func (l *logFolder) open(name string) (*logFile, error) {
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for logs: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(l.dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // a name of ours
	if err != nil {
		return nil, fmt.Errorf("open a log: %w", err)
	}
	f := &logFile{file: file}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.files = append(l.files, f)
	return f, nil
}

func (f *logFile) line(text string) { _, _ = f.Write([]byte(text + "\n")) }

// Write implements io.Writer.
func (f *logFile) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.file.Write(p)
}

func (l *logFolder) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.files {
		_ = f.file.Close()
	}
}
