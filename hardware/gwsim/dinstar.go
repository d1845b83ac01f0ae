package gwsim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gsmsim"
)

// Dinstar is a UC2000 that speaks the HTTP API of 2020.11 with digest authentication at Options.Listen, and pushes what
// happens to the URL Options.Server; empty: it pushes nothing. What it says follows the vendor's paper.
type Dinstar struct {
	*box
	at net.Listener

	work sync.WaitGroup // what was ordered and goes on

	mu sync.Mutex
	// mu guards:
	inbox   []dinstarSMS
	results []dinstarResult
	reports []dinstarReport
	replies map[int]string // the latest USSD answer of each port
	tasks   int
	refused int // wrong passwords in a row
}

var _ Box = (*Dinstar)(nil)

const dinstarSerial = "da00-0028-8000-0001"

type dinstarSMS struct {
	ID     int    `json:"incoming_sms_id"`
	Port   int    `json:"port"`
	Number string `json:"number"`
	Centre string `json:"smsc"`
	Time   string `json:"timestamp"`
	Text   string `json:"text"`
}

type dinstarResult struct {
	Port      int    `json:"port"`
	UserID    int64  `json:"user_id"`
	Number    string `json:"number"`
	Time      string `json:"time"`
	Status    string `json:"status"`
	Count     int    `json:"count"`
	Succeeded int    `json:"succ_count"`
	Reference int    `json:"ref_id"`
	IMSI      string `json:"imsi"`
}

type dinstarReport struct {
	Port      int    `json:"port"`
	Number    string `json:"number"`
	Time      string `json:"time"`
	Reference int    `json:"ref_id"`
	Status    int    `json:"status_code"`
	IMSI      string `json:"imsi"`
}

// NewDinstar sets a box up, and has its address; Run switches it on.
func NewDinstar(o Options) (*Dinstar, error) {
	b, err := newBox(o)
	if err != nil {
		return nil, err
	}
	at, err := net.Listen("tcp", o.Listen) //nolint:noctx // it is bound at once
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "a simulated Dinstar: %w", err)
	}
	d := &Dinstar{box: b, at: at, replies: map[int]string{}}
	return d, nil
}

// Address is the URL of the box.
func (d *Dinstar) Address() string { return "http://" + d.at.Addr().String() }

// Run is documented at Box.
func (d *Dinstar) Run(ctx context.Context) error {
	var live sync.WaitGroup
	defer d.work.Wait()
	defer live.Wait()
	if d.sip != nil {
		if err := d.sip.begin(ctx, &live); err != nil {
			return err
		}
	}
	inside, stop := context.WithCancel(ctx)
	defer stop()
	for _, p := range d.ports {
		live.Go(func() { p.listen(inside, dinstarSink{d, inside}) })
	}
	server := &http.Server{
		Handler: d.routes(inside), ReadHeaderTimeout: 5 * time.Second, BaseContext: func(net.Listener) context.Context { return inside },
	}
	live.Go(func() {
		<-inside.Done()
		brief, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if server.Shutdown(brief) != nil { // whoever is answered still may order something
			_ = server.Close()
		}
	})
	if err := server.Serve(d.at); !errors.Is(err, http.ErrServerClosed) {
		return cause.Errorf(cause.Unavailable, "a simulated Dinstar: %w", err)
	}
	return nil
}

// now is the box's clock: local time without a zone.
func (d *Dinstar) now() string { return d.o.Now().Format(time.DateTime) }

// silent says that the whole box says nothing.
func (d *Dinstar) silent() bool {
	for _, p := range d.ports {
		if !p.has(Silent) {
			return false
		}
	}
	return true
}

// push says something to the server, once; whether it is heard does not matter to the box.
func (d *Dinstar) push(ctx context.Context, p *port, what string, item any) {
	if d.o.Server == "" || p.has(Silent) {
		return
	}
	text, err := json.Marshal(map[string]any{"sn": dinstarSerial, what: []any{item}})
	if err != nil {
		return
	}
	times := 1
	if p.has(Repeats) {
		times = 2
	}
	for range times {
		d.post(ctx, text)
	}
}

func (d *Dinstar) post(ctx context.Context, text []byte) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.o.Server, bytes.NewReader(text))
	if err != nil {
		return
	}
	req.Header.Set("Content-Type", "application/json")
	req.Close = true
	if res, err := http.DefaultClient.Do(req); err == nil {
		_ = res.Body.Close() // it says nothing
	}
}

// dinstarSink stores and pushes what the network brings.
type dinstarSink struct {
	d    *Dinstar
	life context.Context //nolint:containedctx // what is pushed is pushed as long as the box lives
}

func (s dinstarSink) came(p *port, t text) {
	d := s.d
	d.mu.Lock()
	m := dinstarSMS{ID: len(d.inbox) + 1, Port: p.index, Number: t.from, Centre: t.centre, Time: t.sent.Format(time.DateTime), Text: t.text}
	d.inbox = append(d.inbox, m)
	d.mu.Unlock()
	d.push(s.life, p, "sms", m)
}

func (s dinstarSink) reported(p *port, r reported) {
	d := s.d
	report := dinstarReport{Port: p.index, Number: r.to, Time: d.now(), Reference: int(r.reference), Status: int(r.status), IMSI: p.mobile.Card().IMSI}
	d.mu.Lock()
	d.reports = append(d.reports, report)
	d.mu.Unlock()
	d.push(s.life, p, "sms_deliver_status", report)
}

func (s dinstarSink) rings(ctx context.Context, p *port, h *gsmsim.Handset) {
	if s.d.sip == nil {
		h.HangUp()
		return
	}
	s.d.work.Go(func() { s.d.sip.bring(ctx, p, h) })
}
