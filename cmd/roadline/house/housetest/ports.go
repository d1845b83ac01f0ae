package housetest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"testing"
)

// lot is how many ports are given at a time, the last of them to keep the others.
const lot = 32

// Ports returns the first of 31 ports of loopback that nobody has, and keeps them for the test: no other test is given
// them, of this program or of one beside it. They are below those that the kernel gives away by itself.
func Ports(t testing.TB) int {
	t.Helper()
	for range 10_000 {
		first := 10_000 + lot*rand.IntN(10_000/lot)
		guard, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", first+lot-1))
		if err != nil {
			continue // another test's, or a stranger's
		}
		if !inUse("udp", first, lot) && !inUse("tcp", first, lot-1) {
			t.Cleanup(func() { _ = guard.Close() })
			return first
		}
		_ = guard.Close()
	}
	t.Fatal("no free ports")
	return 0
}

// Port waits until nobody has a port of loopback that a program has by heart, and keeps it for the test, as Ports does.
func Port(t testing.TB, port int) {
	t.Helper()
	last := port - (port-10_000)%lot + lot - 1
	var guard net.Listener
	Await(t, fmt.Sprintf("port %d is free", port), func() (free bool) {
		var err error
		if guard, err = net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", last)); err != nil {
			return false // another test's
		}
		probe, err := net.Listen("tcp4", fmt.Sprintf(":%d", port))
		if err != nil {
			_ = guard.Close()
			return false // a stranger's
		}
		_ = probe.Close()
		return true
	})
	t.Cleanup(func() { _ = guard.Close() })
}

// inUse reports whether a socket of a protocol ("udp", "tcp") is bound to one of n ports, on whichever address. It binds
// nothing itself, so that it is in nobody's way.
func inUse(protocol string, first, n int) bool {
	table, err := os.ReadFile("/proc/net/" + protocol)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(table)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		var address, port int
		if _, err := fmt.Sscanf(fields[1], "%X:%X", &address, &port); err == nil && port >= first && port < first+n {
			return true
		}
	}
	return false
}
