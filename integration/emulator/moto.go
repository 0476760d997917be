package emulator

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// ErrNoEmulator says that there is no moto: none named, none on PATH and none in the repository.
var ErrNoEmulator = errors.New("no emulator: set MOTO_ENDPOINT, or put moto_server on PATH or into .emulator/bin")

// startLimit is how long moto may take until it listens; 0.3 to 0.7 seconds were seen, more on a busy machine.
const startLimit = 60 * time.Second

// moto is the server behind the front.
type moto struct {
	address string
	process *exec.Cmd
	life    io.Closer // moto ends when this is closed, which a death of this process does as well
}

func findMoto(ctx context.Context, address string) (*moto, error) {
	if address == "" {
		address = os.Getenv("MOTO_ENDPOINT")
	}
	if address != "" {
		parsed, err := url.Parse(address)
		if err != nil || parsed.Host == "" {
			return nil, fmt.Errorf("moto's address %q is not like http://127.0.0.1:5000", address)
		}
		return &moto{address: strings.TrimSuffix(address, "/")}, nil
	}
	binary, err := motoBinary()
	if err != nil {
		return nil, err
	}
	return startMoto(ctx, binary)
}

func motoBinary() (string, error) {
	if path, err := exec.LookPath("moto_server"); err == nil {
		return path, nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find moto: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			path := filepath.Join(dir, ".emulator", "bin", "moto_server")
			if _, err := os.Stat(path); err == nil {
				return path, nil
			}
			return "", ErrNoEmulator
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", ErrNoEmulator
		}
		dir = parent
	}
}

// keeper starts moto and ends it when standard input closes: a test binary that panics leaves no server behind.
const keeper = `"$@" & server=$!; trap 'kill "$server" 2>/dev/null; wait "$server"' EXIT; read -r _`

// startMoto lets moto choose its port and tell it: no other listener can be mistaken for it.
func startMoto(ctx context.Context, binary string) (*moto, error) {
	process := exec.Command("sh", "-c", keeper, "sh", binary, "-H", "127.0.0.1", "-p", "0")
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "MOTO_") {
			process.Env = append(process.Env, pair)
		}
	}
	process.Env = append(process.Env, "PYTHONUNBUFFERED=1")
	life, err := process.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start moto: %w", err)
	}
	said, says, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start moto: %w", err)
	}
	process.Stdout, process.Stderr = says, says
	if err := process.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start moto: %w", err), says.Close(), said.Close())
	}
	m := &moto{process: process, life: life}
	if err := says.Close(); err != nil {
		return nil, errors.Join(fmt.Errorf("start moto: %w", err), m.stop())
	}
	if m.address, err = readAddress(ctx, said); err != nil {
		return nil, errors.Join(fmt.Errorf("start moto (%s): %w", binary, err), m.stop())
	}
	return m, nil
}

// readAddress waits for the line that names moto's address, and drains what moto says after it.
func readAddress(ctx context.Context, said io.ReadCloser) (string, error) {
	found := make(chan string, 1)
	var heard lockedBuffer
	go func() {
		defer close(found)
		lines := bufio.NewScanner(said)
		for lines.Scan() {
			if _, address, ok := strings.Cut(lines.Text(), "Running on "); ok {
				found <- strings.TrimSpace(address)
				_, _ = io.Copy(io.Discard, said)
				return
			}
			heard.line(lines.Text())
		}
	}()
	select {
	case address, ok := <-found:
		if !ok {
			return "", fmt.Errorf("it ended at once: %s", heard.text())
		}
		return address, nil
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(startLimit):
		return "", fmt.Errorf("no address after %s: %s", startLimit, heard.text())
	}
}

func (m *moto) stop() error {
	if m.process == nil {
		return nil
	}
	err := m.life.Close()
	var exit *exec.ExitError
	if waited := m.process.Wait(); waited != nil && !errors.As(waited, &exit) {
		err = errors.Join(err, waited)
	}
	m.process = nil
	if err != nil {
		return fmt.Errorf("stop moto: %w", err)
	}
	return nil
}

type lockedBuffer struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (b *lockedBuffer) line(s string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all.WriteString(s + "\n")
}

func (b *lockedBuffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.String()
}
