package house

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/store"
)

// meters are the node's figures for Prometheus. What happens in calls is counted as it happens; all else is read from
// snapshots when somebody asks. No label holds a number or a name of a person.
type meters struct {
	house    *House
	registry *prometheus.Registry
	counted
	pulse atomic.Pointer[store.Pulse] // nil: the database was not heard of lately

	mu   sync.Mutex // guards:
	open map[contact][]fmc.Fact
}

// counted is what is counted as it happens.
type counted struct {
	calls      *prometheus.CounterVec
	answer     prometheus.Histogram
	talk       prometheus.Histogram
	setup      *prometheus.HistogramVec
	mos        *prometheus.HistogramVec
	messages   *prometheus.CounterVec
	recordings *prometheus.CounterVec
	bytes      prometheus.Counter
}

func newMeters(h *House) *meters {
	seconds := func(name, help string, bounds ...float64) prometheus.HistogramOpts {
		return prometheus.HistogramOpts{Name: name, Help: help, Buckets: bounds}
	}
	m := &meters{house: h, registry: prometheus.NewRegistry(), open: map[contact][]fmc.Fact{}, counted: counted{
		calls:      prometheus.NewCounterVec(prometheus.CounterOpts{Name: "roadline_calls_total", Help: "Calls that ended, by how they came out."}, []string{"direction", "result"}),
		answer:     prometheus.NewHistogram(seconds("roadline_call_answer_seconds", "From the beginning of a call until two parties talked.", 2, 5, 10, 15, 20, 30, 45, 60, 120, 300)),
		talk:       prometheus.NewHistogram(seconds("roadline_call_talk_seconds", "How long was talked in a call.", 10, 30, 60, 120, 300, 600, 1800, 3600)),
		setup:      prometheus.NewHistogramVec(seconds("roadline_call_post_dial_delay_seconds", "From dialling until the far side rang.", .5, 1, 2, 3, 5, 8, 12, 20), []string{"line"}),
		mos:        prometheus.NewHistogramVec(seconds("roadline_rtp_mos", "How legs sounded, estimated by the E-model from 1 to 4.5.", 1.5, 2, 2.5, 3, 3.3, 3.6, 3.8, 4, 4.2, 4.4), []string{"line"}),
		messages:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "roadline_sms_total", Help: "Messages that came, and messages that were sent, by result."}, []string{"direction", "result"}),
		recordings: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "roadline_recordings_total", Help: "Recordings that became files."}, []string{"result"}),
		bytes:      prometheus.NewCounter(prometheus.CounterOpts{Name: "roadline_recording_bytes_total", Help: "Bytes of recordings that became files."}),
	}}
	m.registry.MustRegister(m.calls, m.answer, m.talk, m.setup, m.mos, m.messages, m.recordings, m.bytes, gauges{m},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, direction := range []fmc.Direction{fmc.Inbound, fmc.Outbound, fmc.Internal} { // a rate of what never happened is 0, not nothing
		for _, result := range []fmc.Status{fmc.StatusAnswered, fmc.StatusMissed, fmc.StatusNotAnswered, fmc.StatusRefused, fmc.StatusFailed} {
			m.calls.WithLabelValues(direction.String(), string(result))
		}
	}
	for _, result := range []string{"whole", "salvaged"} {
		m.recordings.WithLabelValues(result)
	}
	for _, x := range [][2]string{{"in", "received"}, {"out", "sent"}, {"out", "failed"}, {"out", "uncertain"}, {"out", "expired"}} {
		m.messages.WithLabelValues(x[0], x[1])
	}
	for _, kind := range []fmc.LineKind{fmc.TrunkLine, fmc.AccountLine, fmc.SIMLine} {
		m.setup.WithLabelValues(kind.String())
		m.mos.WithLabelValues(kind.String())
	}
	return m
}

// handler answers Prometheus.
func (m *meters) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Timeout: 10 * time.Second, MaxRequestsInFlight: 4})
}

// watch counts calls as they end. What stands in a call's plans is not kept meanwhile.
func (m *meters) watch(is call.Call, facts []fmc.Fact) {
	key := contact{is.Company, is.ID}
	m.mu.Lock()
	kept, ended := m.open[key], false
	for _, f := range facts {
		switch f.Body.(type) {
		case fmc.Planned, fmc.Keyed:
			continue
		case fmc.Closed:
			ended = true
		default: // kept
		}
		kept = append(kept, f)
	}
	if ended || is.Over() { // what still comes for a call that is over is not kept
		delete(m.open, key)
	} else {
		m.open[key] = kept
	}
	m.mu.Unlock()
	if ended {
		m.ended(fmc.Fold(kept))
	}
}

// ended counts a call.
func (m *meters) ended(r fmc.Record) {
	m.calls.WithLabelValues(r.Opened.Direction.String(), string(r.Status)).Inc()
	if r.Times.Answered > 0 {
		m.answer.Observe(r.Times.Answered.Seconds())
		m.talk.Observe(r.Times.Talked.Seconds())
	}
	for _, l := range r.Legs {
		kind := kindOf(l.Line).String()
		if !l.Offered && l.Alerting > l.Began {
			m.setup.WithLabelValues(kind).Observe((l.Alerting - l.Began).Seconds())
		}
		if l.Quality != nil && l.Quality.MOS > 0 {
			m.mos.WithLabelValues(kind).Observe(float64(l.Quality.MOS) / 100)
		}
	}
}

// kindOf is what carries a line, by its id.
func kindOf(id fmc.LineID) fmc.LineKind {
	if _, ok := id.SIM(); ok {
		return fmc.SIMLine
	}
	if len(id) > 6 && id[:6] == "trunk:" {
		return fmc.TrunkLine
	}
	return fmc.AccountLine
}

// counting is a journal whose facts are counted once they are kept.
type counting struct {
	fmc.Journal
	m *meters
}

// Append keeps facts and counts them.
func (c counting) Append(facts ...fmc.Fact) error {
	err := c.Journal.Append(facts...)
	if err != nil {
		return err
	}
	for _, f := range facts {
		switch b := f.Body.(type) {
		case fmc.MessageCame:
			if b.Part <= 1 {
				c.m.messages.WithLabelValues("in", "received").Inc()
			}
		case fmc.MessageSettled:
			c.m.messages.WithLabelValues("out", string(b.State)).Inc()
		case fmc.Kept:
			result := "whole"
			if b.Salvage {
				result = "salvaged"
			}
			c.m.recordings.WithLabelValues(result).Inc()
			c.m.bytes.Add(float64(b.Bytes))
		default: // counted elsewhere, or not
		}
	}
	return nil
}

const (
	pulseEvery = 30 * time.Second
	pulseWait  = 5 * time.Second
)

// feel takes the database's pulse until ctx is done.
func (m *meters) feel(ctx context.Context) error {
	if m.house.store.Ready(ctx) != nil {
		return nil
	}
	tick := time.NewTicker(pulseEvery)
	defer tick.Stop()
	for {
		m.beat(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (m *meters) beat(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, pulseWait)
	defer cancel()
	p, err := m.house.store.Operator().Pulse(ctx)
	if err != nil {
		m.house.log.Debug("pulse of the database not taken", "err", err)
		m.pulse.Store(nil)
		return
	}
	m.pulse.Store(&p)
}

// amount is a number that stands as text.
func amount(text string) (float64, bool) {
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil
}
