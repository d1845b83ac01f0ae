package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"roadline/cabinet"
	"roadline/gsmgw/smpp/smpptest"
)

// Where the product's program and its message centre are.
const (
	programAt = "127.0.0.1:15890"
	centreAt  = "127.0.0.1:15891"

	wireNumber = "+74951230000"
)

const wireMachine = `
socket: roadline.sock
smpp:
  listen: [%q]
  centres:
    - {id: mts, address: %q, system_id: bench, password_file: %q, country: RU, grants: [{company: bench, numbers: [%q]}]}
`

const wireCompany = `
company: bench
name: Bench
country: RU
numbers: [{e164: %q, trunk: carrier-a, proof: {contract: "1", from: 2026-01-01}}]
programs: [{id: crm, numbers: [%q], rate: 10000}]
`

// wire is the product between a message centre and a program, both on the load's core.
type wire struct {
	centre, program smpptest.Far

	ids                      atomic.Int64 // that the centre gave
	accepted, reached, given atomic.Int64 // what the product answered, what the centre was given, what the program was
	told                     atomic.Int64 // receipts that the program was given
}

// smpp measures messages by SMPP each way, with a product of its own.
func (b *bench) smpp() error {
	secret, err := passwordFile("pass")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(filepath.Dir(secret)) }()
	p, err := startProduct(b.program, fmt.Sprintf(wireMachine, programAt, centreAt, secret, wireNumber))
	if err != nil {
		return err
	}
	return errors.Join(b.smppOf(p), p.stop())
}

// passwordFile writes a password into a file of its own folder.
func passwordFile(password string) (string, error) {
	dir, err := os.MkdirTemp("", "roadline-bench-secret-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "password")
	return file, os.WriteFile(file, []byte(password), 0o600)
}

func (b *bench) smppOf(p *product) error {
	if err := p.applyText(fmt.Sprintf(wireCompany, wireNumber, wireNumber)); err != nil {
		return err
	}
	made, err := p.programSecret()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", centreAt)
	if err != nil {
		return err
	}
	w := &wire{}
	w.centre.Take, w.program.Take = w.atCentre, w.atProgram
	ctx, stop := context.WithCancel(context.Background())
	var ends sync.WaitGroup
	ends.Go(func() { w.centre.Serve(ctx, l) })
	ends.Go(func() { w.program.Bind(ctx, programAt, made.SystemID, made.Password) })
	defer func() { stop(); ends.Wait() }()
	n := int64(1000 * b.seconds)
	if _, err = w.measure(p, n/10, w.send, &w.told); err != nil { // what is done once is done
		return err
	}
	out, err := w.measure(p, n, w.send, &w.told)
	if err != nil {
		return err
	}
	in, err := w.measure(p, n, w.bring, &w.given)
	if err != nil {
		return err
	}
	b.add("messages by SMPP, each stored, per second", "none",
		"%.0f of a program through a centre until it has their receipts (%.0f until they are on disk and accepted), %.2f ms of CPU each and %.2f of PostgreSQL; %.0f of a centre until the program has them (%.0f until they are on disk and answered), %.2f ms and %.2f; %d messages each way",
		out.whole, out.taken, out.cost, out.postgres, in.whole, in.taken, in.cost, in.postgres, n)
	return nil
}

// programSecret lets the program bind. A company that was applied just now is known a moment later.
func (p *product) programSecret() (made cabinet.ProgramSecretMade, err error) {
	for range 100 {
		if err = p.api(http.MethodPost, "companies/bench/programs/crm/secret", map[string]string{"author": "bench"}, &made); err == nil {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	return made, err
}

// atCentre takes a message at the centre, which sends a receipt of it.
func (w *wire) atCentre(m smpptest.Short) (id string, more []smpptest.Asking) {
	w.reached.Add(1)
	id = fmt.Sprint(w.ids.Add(1))
	receipt := smpptest.Short{From: m.To, To: m.From, Class: smpptest.Receipt, Text: smpptest.DeliveredText(id)}
	return id, []smpptest.Asking{{Command: smpptest.DeliverSM, Short: receipt}}
}

// atProgram takes a message or a receipt at the program.
func (w *wire) atProgram(m smpptest.Short) (string, []smpptest.Asking) {
	if _, _, is := smpptest.ReadReceipt(m.Text); is {
		w.told.Add(1)
	} else {
		w.given.Add(1)
	}
	return "", nil
}

// send has the program send messages.
func (w *wire) send(n int64) {
	w.program.Wants(w.asking(n, smpptest.SubmitSM, wireNumber[1:], "79161230001")...)
}

// bring has messages come from the centre.
func (w *wire) bring(n int64) {
	w.centre.Wants(w.asking(n, smpptest.DeliverSM, "79161230001", wireNumber[1:])...)
}

func (w *wire) asking(n int64, command uint32, from, to string) []smpptest.Asking {
	all := make([]smpptest.Asking, n)
	for i := range all {
		all[i] = smpptest.Asking{
			Command: command, Short: smpptest.Short{From: from, To: to, Text: fmt.Sprintf("Message %d: your bricks are on their way.", i)},
			Told: func(string) { w.accepted.Add(1) },
		}
	}
	return all
}

// wired is what messages one way took.
type wired struct {
	taken, whole   float64 // messages a second until all were answered, and until their last word was told
	cost, postgres float64 // ms of CPU for each
}

// measure has n messages go and waits until the program was told of each, which the product does from PostgreSQL.
func (w *wire) measure(p *product, n int64, ask func(int64), told *atomic.Int64) (m wired, err error) {
	cpu, err := p.cpu()
	if err != nil {
		return m, err
	}
	postgres, accepted, first := p.postgresCPU(), w.accepted.Load(), told.Load()
	began := time.Now()
	ask(n)
	for end := began.Add(5 * time.Minute); told.Load() < first+n; time.Sleep(5 * time.Millisecond) {
		if m.taken == 0 && w.accepted.Load() == accepted+n {
			m.taken = float64(n) / time.Since(began).Seconds()
		}
		if time.Now().After(end) {
			return m, fmt.Errorf("of %d messages %d were answered and %d told of; %d reached the centre", n, w.accepted.Load()-accepted, told.Load()-first, w.reached.Load())
		}
	}
	m.whole = float64(n) / time.Since(began).Seconds()
	after, err := p.cpu()
	m.cost, m.postgres = perCall(after-cpu, int(n)), perCall(p.postgresCPU()-postgres, int(n))
	return m, err
}
