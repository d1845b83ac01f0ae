package usb_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"roadline/hardware/usb"
)

func TestEveryModemIsFoundWithItsTtysAndCard(t *testing.T) {
	tr := newTree(t)
	sticks := []stick{e1550("1-1.2", "ttyUSB0", "ttyUSB1", "ttyUSB2"), e173("1-1.3"), sim7600("1-1.4"), ec25("1-1.5.1", "card1 Android 06"), {
		path: "1-2", id: "1bc7:0036", name: "Telit", number: 9, ttys: map[string]string{"00": "ttyACM0", "06": "ttyACM1"},
	}}
	for _, s := range sticks {
		tr.plug(s)
	}
	tr.plug(stick{path: "1-3", id: "046d:c52b", name: "Logitech", number: 10}) // no ttys: no modem
	want := []usb.Device{
		sticks[0].found("00", "01", "02"), sticks[1].found("00", "03", "04"), sticks[2].found("00", "01", "02", "03", "04"),
		sticks[3].found("00", "01", "02", "03"), sticks[4].found("00", "06"),
	}
	got, err := usb.Bus{Root: tr.root}.Devices()
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestTwoSticksOfOneSortAreToldApartByTheirHubPorts(t *testing.T) {
	tr := newTree(t)
	first, second := e1550("1-1.2", "ttyUSB0", "ttyUSB2", "ttyUSB4"), e1550("1-1.3", "ttyUSB1", "ttyUSB3", "ttyUSB5") // they started together
	second.number = 6
	tr.plug(first)
	tr.plug(second)
	got, err := usb.Bus{Root: tr.root}.Devices()
	if diff := cmp.Diff([]usb.Device{first.found("00", "01", "02"), second.found("00", "01", "02")}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestAMachineWithoutUSBOrUdevIsNoError(t *testing.T) {
	if got, err := (usb.Bus{Root: t.TempDir()}).Devices(); err != nil || got != nil {
		t.Errorf("%v, %v", got, err)
	}
	tr := newTree(t)
	tr.plug(e1550("1-1.2", "ttyUSB0", "ttyUSB1", "ttyUSB2"))
	tr.must(os.RemoveAll(filepath.Join(tr.root, "dev/serial")))
	got, err := usb.Bus{Root: tr.root}.Devices()
	if err != nil || len(got) != 1 || got[0].Ports[2] != (usb.Port{TTY: "/dev/ttyUSB2", Interface: 2}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestABusThatCannotBeReadIsAnError(t *testing.T) {
	tr := newTree(t)
	tr.must(os.RemoveAll(filepath.Join(tr.root, "sys/bus/usb/devices")))
	tr.file("sys/bus/usb/devices", "no folder")
	bus := usb.Bus{Root: tr.root}
	if _, err := bus.Devices(); err == nil {
		t.Error("no error")
	}
	if _, err := bus.Troubles(isModule); err == nil {
		t.Error("no error of Troubles")
	}
	if err := bus.Watch(t.Context(), time.Second, nil); err == nil {
		t.Error("no error of Watch")
	}
}

func TestADeviceThatIsHalfGoneIsPassedOver(t *testing.T) {
	tr := newTree(t)
	tr.link("../../../devices/pci0000:00/gone", "sys/bus/usb/devices/1-4")
	s := e1550("1-1.2", "ttyUSB0", "ttyUSB1", "ttyUSB2")
	tr.plug(s)
	tr.must(os.Remove(filepath.Join(tr.root, home("1-1.2"), "1-1.2:1.1", "bInterfaceNumber")))
	got, err := usb.Bus{Root: tr.root}.Devices()
	if diff := cmp.Diff([]usb.Device{s.found("00", "02")}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestRolesComeFromTheTableOfTheFamily(t *testing.T) {
	for _, c := range []struct {
		device usb.Device
		table  map[int]string
		want   map[string]string
	}{
		{e1550("1-1.2", "ttyUSB0", "ttyUSB1", "ttyUSB2").found("00", "01", "02"), map[int]string{2: "at", 1: "pcm"}, map[string]string{"at": "/dev/ttyUSB2", "pcm": "/dev/ttyUSB1"}},
		{e173("1-1.3").found("00", "03", "04"), map[int]string{4: "at", 3: "pcm"}, map[string]string{"at": "/dev/ttyUSB5", "pcm": "/dev/ttyUSB4"}},
		{sim7600("1-1.4").found("00", "01", "02", "03", "04"), map[int]string{2: "at", 3: "at2", 4: "pcm"}, map[string]string{"at": "/dev/ttyUSB8", "at2": "/dev/ttyUSB9", "pcm": "/dev/ttyUSB10"}},
		{ec25("1-1.5", "").found("00", "01", "02", "03"), map[int]string{1: "pcm", 2: "at", 7: "at2"}, map[string]string{"at": "/dev/ttyUSB13", "pcm": "/dev/ttyUSB12"}}, // a firmware without 7
		{e173("1-1.3").found("00", "03", "04"), nil, map[string]string{}},
	} {
		got := map[string]string{}
		for role, p := range usb.Assign(c.device, c.table) {
			got[role] = p.TTY
		}
		if !maps.Equal(got, c.want) {
			t.Errorf("%s: %v", c.device.ID(), got)
		}
	}
}

func TestAWatchTellsWhatComesGoesAndStartsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTree(t)
		stays, restarts := e173("1-1.3"), e1550("1-1.2", "ttyUSB0", "ttyUSB1", "ttyUSB2")
		tr.plug(stays)
		tr.plug(restarts)
		var mu sync.Mutex
		var told []string
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { // ends with ctx; waited for below
			done <- usb.Bus{Root: tr.root}.Watch(ctx, time.Second, func(added, removed []usb.Device) {
				mu.Lock()
				defer mu.Unlock()
				for sign, list := range map[string][]usb.Device{"+": added, "-": removed} {
					for _, d := range list {
						told = append(told, sign+d.Path+" "+d.Ports[len(d.Ports)-1].TTY)
					}
				}
			})
		}()
		expect := func(looks int, want ...string) {
			t.Helper()
			for range looks {
				time.Sleep(time.Second)
				synctest.Wait()
			}
			mu.Lock()
			defer mu.Unlock()
			slices.Sort(told)
			slices.Sort(want)
			if !slices.Equal(told, want) {
				t.Fatalf("%v, want %v", told, want)
			}
			told = nil
		}
		time.Sleep(time.Millisecond) // between two looks, from now on
		synctest.Wait()
		expect(0)
		expect(1, "+1-1.2 /dev/ttyUSB2", "+1-1.3 /dev/ttyUSB5")
		expect(3)

		// It starts anew between two looks and gets other ttys.
		tr.pull(restarts)
		again := e1550("1-1.2", "ttyUSB6", "ttyUSB7", "ttyUSB8")
		again.number = 11
		tr.plug(again)
		expect(1, "-1-1.2 /dev/ttyUSB2")
		expect(1, "+1-1.2 /dev/ttyUSB8")

		// The same ttys, but another life.
		tr.pull(again)
		again.number = 12
		tr.plug(again)
		expect(2, "-1-1.2 /dev/ttyUSB8", "+1-1.2 /dev/ttyUSB8")

		// Its ttys come one after another: it is told of when no more come.
		tr.pull(again)
		expect(1, "-1-1.2 /dev/ttyUSB8")
		whole := again.ttys
		again.ttys = map[string]string{"00": "ttyUSB6"}
		tr.plug(again)
		expect(1)
		tr.pull(again)
		again.ttys = whole
		tr.plug(again)
		expect(1)
		expect(1, "+1-1.2 /dev/ttyUSB8")

		// Another stick in the same hub port.
		tr.pull(again)
		other := sim7600("1-1.2")
		tr.plug(other)
		expect(2, "-1-1.2 /dev/ttyUSB8", "+1-1.2 /dev/ttyUSB10")
		tr.pull(other)
		expect(2, "-1-1.2 /dev/ttyUSB10")
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	})
}

// isModule knows the vendors of the sticks.
func isModule(d usb.Device) bool {
	return slices.Contains([]uint16{0x12d1, 0x1e0e, 0x2c7c}, d.Vendor)
}

func troubles(t *testing.T, tr tree, forbidden ...string) []usb.Trouble {
	t.Helper()
	list, err := usb.Bus{Root: tr.root, May: func(path string) bool {
		return !slices.Contains(forbidden, strings.TrimPrefix(path, tr.root))
	}}.Troubles(isModule)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// expectTrouble wants one trouble that says all of it.
func expectTrouble(t *testing.T, list []usb.Trouble, device string, says ...string) {
	t.Helper()
	if len(list) != 1 || list[0].Device != device {
		t.Fatalf("%+v", list)
	}
	all := list[0].Text + " " + list[0].Remedy + " " + list[0].Rule
	for _, s := range says {
		if !strings.Contains(all, s) {
			t.Errorf("%q does not say %q", all, s)
		}
	}
	if !strings.HasSuffix(list[0].Text, ".") || list[0].Remedy == "" {
		t.Errorf("no sentence and remedy: %+v", list[0])
	}
}

func TestAModemThatCanWorkHasNoTroubles(t *testing.T) {
	tr := newTree(t)
	tr.plug(ec25("1-1.5", "card1 Android 06"))
	tr.file("proc/4711/comm", "ModemManager")
	tr.file("run/udev/data/c189:7", "I:123\nE:ID_MM_DEVICE_IGNORE=1")
	other := stick{path: "1-4", id: "0403:6001", name: "FTDI", number: 9, power: "auto", ttys: map[string]string{"00": "ttyUSB20"}} // of no vendor of ours
	tr.plug(other)
	if list := troubles(t, tr, "/dev/ttyUSB20"); len(list) != 0 {
		t.Errorf("%+v", list)
	}
}

func TestModemManagerInTheWayIsTroubleWithARule(t *testing.T) {
	tr := newTree(t)
	tr.plug(e1550("1-1.2", "ttyUSB0", "ttyUSB1", "ttyUSB2"))
	tr.file("proc/1/comm", "systemd")
	if list := troubles(t, tr); len(list) != 0 {
		t.Fatalf("it does not run: %+v", list)
	}
	tr.file("proc/4711/comm", "ModemManager")
	tr.file("etc/udev/rules.d/50-other.rules", "# ATTR{idVendor}==\"12d1\", ENV{ID_MM_DEVICE_IGNORE}=\"1\"\nATTR{idVendor}==\"2c7c\", ENV{ID_MM_DEVICE_IGNORE}=\"1\"")
	list := troubles(t, tr)
	expectTrouble(t, list, "1-1.2", "ModemManager", "12d1:1001", usb.RulesFile, `ATTR{idVendor}=="12d1"`, `ENV{ID_MM_DEVICE_IGNORE}="1"`, "udevadm trigger")

	tr.file("etc/udev/rules.d/76-roadline.rules", list[0].Rule) // written, and not applied
	list = troubles(t, tr)
	expectTrouble(t, list, "1-1.2", "has not been applied", "udevadm trigger")
	if list[0].Rule != "" {
		t.Errorf("the rule is there: %s", list[0].Rule)
	}
}

func TestADiskWithDriversIsTrouble(t *testing.T) {
	tr := newTree(t)
	tr.plug(stick{path: "1-1.2", id: "12d1:1446", name: "HUAWEI", number: 5, power: "auto"})
	expectTrouble(t, troubles(t, tr), "1-1.2", "12d1:1446", "usb-modeswitch", "plug it in again")
}

func TestAModemThatMayBeSuspendedIsTroubleWithARule(t *testing.T) {
	tr := newTree(t)
	s := e173("1-1.3")
	s.power = "auto"
	tr.plug(s)
	expectTrouble(t, troubles(t, tr), "1-1.3", "suspend", `ATTR{power/control}="on"`, `ATTR{idVendor}=="12d1"`, "echo on > /sys/bus/usb/devices/1-1.3/power/control")
}

func TestFilesThatMayNotBeOpenedAreTrouble(t *testing.T) {
	tr := newTree(t)
	tr.plug(ec25("1-1.5", "card1 Android 06"))
	expectTrouble(t, troubles(t, tr, "/dev/ttyUSB13", "/dev/ttyUSB14"), "1-1.5", "/dev/ttyUSB13, /dev/ttyUSB14", "group dialout")
	expectTrouble(t, troubles(t, tr, "/dev/snd/pcmC1D0p"), "1-1.5", "/dev/snd/pcmC1D0p", "group audio")

	list, err := usb.Bus{Root: tr.root}.Troubles(isModule) // the kernel is asked: the ttys are there, sound is not
	if err != nil {
		t.Fatal(err)
	}
	expectTrouble(t, list, "1-1.5", "/dev/snd/pcmC1D0c, /dev/snd/pcmC1D0p")
}
