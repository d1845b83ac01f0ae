package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"roadline/cabinet"
	"roadline/fmc"
	"roadline/hardware/gsmsim"
)

// writers is how many ask for messages to be sent at a time.
const writers = 32

// texts has messages accepted by the API until PostgreSQL has them, and then texts of clients come by all modules.
func (b *bench) texts(p *product, r *radio) error {
	out, err := b.accepted(p)
	if err != nil {
		return err
	}
	in, err := b.came(p, r)
	if err != nil {
		return err
	}
	b.add("SMS through the store, per second", "500", "%.0f from the request until they are in PostgreSQL (%d messages, %d requests at a time); %.0f from the air until then, by %d modules", out, b.messages(), writers, in, modules)
	return nil
}

// messages is how many are measured each way.
func (b *bench) messages() int { return int(500 * b.seconds) }

// accepted is how many messages a second go through journal and store: their card is in no module.
func (b *bench) accepted(p *product) (float64, error) {
	var next atomic.Int64
	last, errs := make([]fmc.MessageID, writers), make([]error, writers)
	began := time.Now()
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for n := next.Add(1); n <= int64(b.messages()); n = next.Add(1) {
				var m fmc.Message
				send := cabinet.Send{From: string(drawer.ICCID), To: mobile(int(n) % people), Text: "Your bricks are on their way.", Author: "bench"}
				if errs[w] = p.api(http.MethodPost, "companies/bench/messages", send, &m); errs[w] != nil {
					return
				}
				last[w] = m.ID
			}
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return 0, err
	}
	for _, id := range last {
		for end := time.Now().Add(2 * time.Minute); p.api(http.MethodGet, "companies/bench/messages/"+string(id), nil, &cabinet.MessageDetail{}) != nil; {
			if time.Now().After(end) {
				return 0, fmt.Errorf("message %s is not in PostgreSQL", id)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	return float64(b.messages()) / time.Since(began).Seconds(), nil
}

// came is how many texts a second come from the air through the modules into PostgreSQL, each deleted from its card.
func (b *bench) came(p *product, r *radio) (float64, error) {
	total := min(500, b.messages()/5)
	began := time.Now()
	for n := range total {
		if err := r.network.TextAs(mobile(n%people), r.cards[n%modules].Number, fmt.Sprintf("Text %d: when will our bricks be here?", n), gsmsim.TextOptions{}); err != nil {
			return 0, err
		}
	}
	for end := time.Now().Add(5 * time.Minute); ; {
		var page cabinet.MessagesShown
		if r.network.Undelivered() == 0 {
			if err := p.api(http.MethodGet, "companies/bench/messages?direction=in&limit=500", nil, &page); err != nil {
				return 0, err
			}
		}
		if len(page.Messages) >= total {
			return float64(total) / time.Since(began).Seconds(), nil
		}
		if time.Now().After(end) {
			return 0, fmt.Errorf("%d of %d texts came, %d wait in the network", len(page.Messages), total, r.network.Undelivered())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// api asks the product by its socket.
func (p *product) api(method, path string, body, into any) error {
	var send io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		send = bytes.NewReader(text)
	}
	r, err := http.NewRequest(method, "http://roadline/v1/"+path, send)
	if err != nil {
		return err
	}
	answer, err := p.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, text)
	}
	return json.Unmarshal(text, into)
}

// bySocket is a client of the product whose connections are kept.
func bySocket(dir string) *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: writers, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(dir, "roadline.sock"))
	}}}
}
