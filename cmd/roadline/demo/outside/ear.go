package outside

import (
	"sync"
	"time"

	"roadline/media"
)

// understand is how many frames of a phrase must be heard to understand it: 0.3 s.
const understand = 15

// breath is the silence after which a voice begins anew.
const breath = 200 * time.Millisecond

// ear is the Sink of a line: it notes when something was heard, and which phrases.
type ear struct {
	phrases *Phrases
	stir    func() // told when something new is known

	mu    sync.Mutex // guards:
	at    time.Duration
	count []int // frames heard of each phrase
}

func newEar(p *Phrases, stir func()) *ear {
	return &ear{phrases: p, stir: stir, count: make([]int, len(p.all))}
}

// Voice implements media.Sink.
func (e *ear) Voice(v media.Voice) {
	if v.Codec != media.PCMA || !isLoud(v.Payload) {
		return
	}
	var found place
	ok := false
	if len(v.Payload) == media.FrameSamples {
		found, ok = e.phrases.frames[frame(v.Payload)]
	}
	e.mu.Lock()
	news := v.At-e.at > breath // somebody begins to speak
	e.at = v.At
	if ok && found.phrase >= 0 {
		e.count[found.phrase]++
		news = news || e.count[found.phrase] == understand
	}
	e.mu.Unlock()
	if news {
		e.stir()
	}
}

// loud is when something was heard last.
func (e *ear) loud() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.at
}

// understood returns the first of these that was understood, empty where none was.
func (e *ear) understood(names []string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, name := range names {
		if i, ok := e.phrases.byName[name]; ok && e.count[i] >= understand {
			return name
		}
	}
	return ""
}

// all are the phrases of which anything at all was heard, in the order of the world.
func (e *ear) all() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var names []string
	for i, n := range e.count {
		if n > 0 {
			names = append(names, e.phrases.all[i].Name)
		}
	}
	return names
}

// mouth is what a line says: silence, unless something is being said. It is one Source for the life of the line, as a
// telephone sends.
type mouth struct {
	mu   sync.Mutex // guards:
	on   media.Source
	over func()
}

func (m *mouth) String() string { return "mouth" }

// silence is one frame of A-law that says nothing.
var silence = func() (f frame) {
	for i := range f {
		f[i] = media.EncodeALaw(0)
	}
	return f
}()

// Frame implements media.Source.
func (m *mouth) Frame(dst *frame) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.on != nil && m.on.Frame(dst) {
		return true
	}
	*dst = silence
	if m.on != nil {
		m.on = nil
		m.over()
	}
	return true
}

func (m *mouth) say(s media.Source, over func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.on, m.over = s, over
}

func (m *mouth) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.on = nil
}

func (m *mouth) silent() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.on == nil
}
