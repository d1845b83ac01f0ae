package floor_test

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"

	"roadline/media/floor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheFloorCarriesBothWaysWithAHeaderOfItsOwn(t *testing.T) {
	var conns [2]*net.UDPConn
	var peers [2]netip.AddrPort
	for i := range conns {
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns[i], peers[i] = conn, conn.LocalAddr().(*net.UDPAddr).AddrPort()
	}
	relay, local, err := floor.Open([][2]netip.AddrPort{peers})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); relay.Run(ctx) }()
	defer func() { cancel(); <-done }()
	sent := append([]byte{0x80, 8, 0, 9, 0, 0, 0, 1, 1, 2, 3, 4}, "voice"...)
	for i, from := range conns {
		if _, err := from.WriteToUDPAddrPort(sent, local[0][i]); err != nil {
			t.Fatal(err)
		}
		to := conns[1-i]
		if err := to.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 200)
		n, at, err := to.ReadFromUDPAddrPort(b)
		if err != nil {
			t.Fatal(err)
		}
		if at != local[0][1-i] || !bytes.Equal(b[12:n], sent[12:]) || bytes.Equal(b[8:12], sent[8:12]) {
			t.Errorf("% x from %s", b[:n], at)
		}
	}
}
