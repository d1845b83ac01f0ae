package web

import (
	"compress/gzip"
	"io"
	"sync"
)

// packers pack pages on their way. The pages carry no secret beside what an asker wrote, so that their packed length
// tells nothing.
type packers struct{ pool sync.Pool }

// pack sends a text packed.
func (p *packers) pack(to io.Writer, text io.Reader) error {
	g, ok := p.pool.Get().(*gzip.Writer)
	if !ok {
		g, _ = gzip.NewWriterLevel(to, gzip.BestSpeed) // the level is one of its own
	}
	defer p.pool.Put(g)
	g.Reset(to)
	if _, err := io.Copy(g, text); err != nil {
		return err
	}
	return g.Close()
}
