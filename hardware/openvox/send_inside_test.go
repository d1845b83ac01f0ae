package openvox

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"roadline/hardware/gateway"
	"roadline/hardware/modem"
)

const patience = 20 * time.Second

// texts are the lines of a box at an address, of which nothing but texts is asked.
func texts(t *testing.T, address string, lines int) []*line {
	t.Helper()
	book, err := gateway.OpenBook(filepath.Join(t.TempDir(), "book.json"))
	if err != nil {
		t.Fatal(err)
	}
	o := gateway.Options{
		Name: "box", Address: address, User: "u", Secret: "s", Book: book, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Timing: gateway.Timing{Send: patience},
	}
	for n := range lines {
		o.Lines = append(o.Lines, gateway.Port{ID: fmt.Sprint(n + 1)})
	}
	g, err := open(o)
	if err != nil {
		t.Fatal(err)
	}
	d, _ := g.(*driver)
	return d.lines
}

// A box answers when the network has the text or refused it. One port's network must not hold back the texts of others.
func TestTextsOfPortsThatWaitForTheNetworkHoldBackNoOther(t *testing.T) {
	const lines = 6
	came, over := make(chan string, lines), make(chan struct{})
	box := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		came <- r.URL.Query().Get("port")
		<-over
	}))
	t.Cleanup(box.Close)
	var sends sync.WaitGroup
	t.Cleanup(sends.Wait)
	t.Cleanup(func() { close(over) })
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	for _, l := range texts(t, box.URL, lines) {
		sends.Go(func() { _, _ = l.SendText(ctx, "10086", "Hello") })
	}
	for n := range lines {
		select {
		case <-came:
		case <-time.After(patience):
			t.Fatalf("%d of %d texts come to the box", n, lines)
		}
	}
}

// What was said before the box could hear it is no text that may have gone.
func TestATextForWhichTheBoxHadNoConnectionDidNotGo(t *testing.T) {
	at, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var box sync.WaitGroup
	box.Go(func() {
		for {
			conn, err := at.Accept()
			if err != nil {
				return
			}
			_ = conn.Close() // in the middle of the handshake
		}
	})
	t.Cleanup(func() {
		_ = at.Close() // it is not used any more
		box.Wait()
	})
	l := texts(t, "https://"+at.Addr().String(), 1)[0]
	if _, err := l.SendText(t.Context(), "10086", "Hello"); err == nil || modem.Uncertain(err) {
		t.Errorf("a text for which there was no connection: %v", err)
	}
}
