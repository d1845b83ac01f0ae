package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"

	"roadline/cmd/roadline/bound"
)

// driverScript drives chromium. It stands in the repository, whose Node modules it needs.
const driverScript = "cmd/roadline/bench/browser/main.mjs"

// driver is a browser, by the program that drives it: it does one thing after the other, as it is told.
type driver struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	said bytes.Buffer // that it wrote beside its answers
}

func startDriver() (*driver, error) {
	for _, needed := range []string{"node", "chromium"} {
		if _, err := exec.LookPath(needed); err != nil {
			return nil, fmt.Errorf("%s is missing: run make setup", needed)
		}
	}
	if _, err := os.Stat(driverScript); err != nil {
		return nil, fmt.Errorf("the browser is driven from the repository's folder: %w", err)
	}
	d := &driver{cmd: onCore(loadCPU, "node", driverScript)}
	d.cmd.Stderr = &d.said
	in, err := d.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	d.in, d.out = in, bufio.NewReader(out)
	if err := bound.Begin(d.cmd); err != nil {
		return nil, err
	}
	return d, nil
}

// do has the browser do one thing, and takes what came of it; into may be nil.
func (d *driver) do(what string, args map[string]any, into any) error {
	line, err := json.Marshal(map[string]any{"do": what, "args": args})
	if err != nil {
		return err
	}
	if _, err := d.in.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("browser: %s: %w: %s", what, err, &d.said)
	}
	line, err = d.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("browser: %s: %w: %s", what, errors.Join(err, d.cmd.Wait()), &d.said)
	}
	var answer struct {
		Result json.RawMessage
		Error  string
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		return fmt.Errorf("browser: %s: %w: %s", what, err, line)
	}
	if answer.Error != "" {
		return fmt.Errorf("browser: %s: %s", what, answer.Error)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer.Result, into)
}

// stop closes the browser.
func (d *driver) stop() {
	_ = d.in.Close()
	_ = d.cmd.Wait()
}
