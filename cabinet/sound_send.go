package cabinet

import (
	"io"
	"net/http"
	"time"
)

// SendSound sends a sound, or the parts of it that are asked for; where it has no such part, beyond answers, with the status
// 416 and what stands in Content-Range: RFC 9110 §15.5.17.
func SendSound(w http.ResponseWriter, r *http.Request, sound io.ReadSeeker, beyond func()) {
	w.Header().Set("Content-Type", wavMedia)
	w.Header().Set("Cache-Control", "no-store")
	s := &sending{ResponseWriter: w}
	http.ServeContent(s, r, "", time.Time{}, sound)
	if s.beyond {
		w.Header().Del("Content-Disposition")
		beyond()
	}
}

// sending is an answer in which net/http does not say in its own words that there is no such part.
type sending struct {
	http.ResponseWriter
	beyond bool
}

// WriteHeader implements http.ResponseWriter.
func (s *sending) WriteHeader(status int) {
	if s.beyond = status == http.StatusRequestedRangeNotSatisfiable; !s.beyond {
		s.ResponseWriter.WriteHeader(status)
	}
}

// Write implements http.ResponseWriter.
func (s *sending) Write(b []byte) (int, error) {
	if s.beyond {
		return len(b), nil
	}
	return s.ResponseWriter.Write(b)
}

// ReadFrom implements io.ReaderFrom, so that the system may copy a file by itself.
func (s *sending) ReadFrom(r io.Reader) (int64, error) { return io.Copy(s.ResponseWriter, r) }

// beyondProblem is what whoever asks for a part beyond a sound's end is told.
var beyondProblem = Problem{
	Type: "urn:roadline:beyond", Status: http.StatusRequestedRangeNotSatisfiable,
	Title: "The sound has no such part: Content-Range says how long it is.",
}

// sendSound is SendSound with a problem.
func sendSound(w http.ResponseWriter, r *http.Request, sound io.ReadSeeker) {
	SendSound(w, r, sound, func() { writeProblem(w, r, beyondProblem) })
}
