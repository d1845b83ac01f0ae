package hardware_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"roadline/fmc/cause"
	"roadline/hardware"
	"roadline/hardware/gsmsim"
	"roadline/hardware/usb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAModuleBehindAPortIsAskedWhatItIs(t *testing.T) {
	network, err := gsmsim.New(gsmsim.Options{Now: time.Now, Dir: t.TempDir(), Pace: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- network.Run(ctx) }()
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	var wanted []hardware.Wanted
	makes := map[string]gsmsim.Make{}
	for i, m := range gsmsim.Makes() {
		d, err := network.Plug(m, gsmsim.NewCard(i+1))
		if err != nil {
			t.Fatal(err)
		}
		wanted = append(wanted, hardware.Wanted{At: d.Port(gsmsim.AT)})
		makes[d.Port(gsmsim.AT)] = m
	}
	families := map[string]bool{}
	for _, plug := range hardware.NewPlugs(usb.Bus{Root: t.TempDir()}, wanted, slog.New(slog.DiscardHandler), time.Now).List() {
		m, err := plug.Open(ctx)
		if err != nil {
			t.Errorf("%v: %v", makes[plug.Path], err)
			continue
		}
		families[m.Identity().Family] = true
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"huawei", "sim7600", "sim800", "quectel", "generic"} {
		if !families[name] {
			t.Errorf("no module was taken for %s: %v", name, families)
		}
	}
}

// stick is a Huawei stick in a hub port of a tree like sysfs, with ttys from a number on.
func stick(t *testing.T, root, path string, tty int) {
	t.Helper()
	write := func(name, text string) {
		file := filepath.Join(root, "sys/bus/usb/devices", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(path+"/idVendor", "12d1")
	write(path+"/idProduct", "1001")
	write(path+"/devnum", "7")
	for i := range 3 {
		face, port := fmt.Sprintf("%s/%s:1.%d", path, path, i), fmt.Sprintf("ttyUSB%d", tty+i)
		write(face+"/bInterfaceNumber", fmt.Sprintf("%02x", i))
		write(face+"/"+port+"/tty/"+port+"/dev", "188:0")
	}
}

func TestAPlaceOnUSBIsWhateverIsPluggedInThereNow(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "sys/bus/usb/devices"), 0o755); err != nil {
		t.Fatal(err)
	}
	named := hardware.NewPlugs(usb.Bus{Root: root}, []hardware.Wanted{{Name: "left", At: "usb:1-2"}}, slog.New(slog.DiscardHandler), time.Now)
	if err := named.Look(); err != nil {
		t.Fatal(err)
	}
	plug := named.List()[0]
	if _, err := plug.Open(t.Context()); cause.KindOf(err) != cause.NotFound || plug.Name != "left" || plug.Path != "" {
		t.Fatalf("an empty place is %+v, opens with %v", plug, err)
	}
	stick(t, root, "1-2", 0)
	if err := named.Look(); err != nil {
		t.Fatal(err)
	}
	m, err := plug.Open(t.Context()) // the place as it was listed before
	if err != nil {
		t.Fatal(err)
	}
	if f := m.Identity().Family; f != "huawei" {
		t.Errorf("it is of the family %s", f)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if p := named.List()[0].Path; p != "/dev/ttyUSB2" {
		t.Errorf("its port for commands is %q", p)
	}
	found := hardware.NewPlugs(usb.Bus{Root: root}, nil, slog.New(slog.DiscardHandler), time.Now)
	if err := found.Look(); err != nil {
		t.Fatal(err)
	}
	if all := found.List(); len(all) != 1 || all[0].Name != "usb:1-2" {
		t.Errorf("without a list there are %+v", all)
	}
	none := hardware.NewPlugs(usb.Bus{Root: root}, []hardware.Wanted{}, slog.New(slog.DiscardHandler), time.Now)
	if err := none.Look(); err != nil || len(none.List()) != 0 {
		t.Errorf("with an empty list there are %+v", none.List())
	}
}

func TestAFamilyOrAProductThatNobodyKnowsIsRefused(t *testing.T) {
	root := t.TempDir()
	stick(t, root, "1-2", 0)
	plugs := hardware.NewPlugs(usb.Bus{Root: root}, []hardware.Wanted{{At: "usb:1-2", Family: "nokia"}, {At: "/dev/nowhere"}}, slog.New(slog.DiscardHandler), time.Now)
	if err := plugs.Look(); err != nil {
		t.Fatal(err)
	}
	for _, plug := range plugs.List() {
		if _, err := plug.Open(t.Context()); cause.KindOf(err) != cause.NotFound {
			t.Errorf("%s: %v", plug.Name, err)
		}
	}
}
