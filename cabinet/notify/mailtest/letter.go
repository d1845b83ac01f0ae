package mailtest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
)

// Letter is a letter that arrived, as a mail reader shows it.
type Letter struct {
	Header  mail.Header
	Subject string
	Text    string
	Sound   []byte // that is attached; nil: none
	Kind    string // of the sound
	Name    string // of its file
}

// read reads a letter as a mail reader does.
func read(text []byte) (Letter, error) {
	m, err := mail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		return Letter{}, err
	}
	r := Letter{Header: m.Header}
	if r.Subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return r, err
	}
	kind, how, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return r, err
	}
	if kind == "text/plain" {
		body, err := decoded(m.Body, m.Header.Get("Content-Transfer-Encoding"))
		r.Text = string(body)
		return r, err
	}
	parts := multipart.NewReader(m.Body, how["boundary"])
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return r, nil
		}
		if err != nil {
			return r, err
		}
		body, err := decoded(p, p.Header.Get("Content-Transfer-Encoding"))
		if err != nil {
			return r, err
		}
		if p.FileName() == "" {
			r.Text = string(body)
		} else {
			r.Sound, r.Name, r.Kind = body, p.FileName(), p.Header.Get("Content-Type")
		}
	}
}

func decoded(r io.Reader, encoding string) ([]byte, error) {
	switch encoding {
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	}
	return io.ReadAll(r)
}
