package usb

import (
	"context"
	"reflect"
	"time"
)

// Watch looks every so often, and tells of devices that came and went until ctx ends; then it returns nil. It tells of a
// device once two looks saw the same: a driver makes ttys and cards one after another. A device that started anew, with
// other ttys in the same hub port, goes and comes again, even when it was not missed in between. An error of a look ends
// the watch. tell is called from this goroutine; what is there at the start is added by the second look.
func (b Bus) Watch(ctx context.Context, every time.Duration, tell func(added, removed []Device)) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	told, last := map[string]Device{}, map[string]Device{}
	for {
		list, err := b.Devices()
		if err != nil {
			return err
		}
		now := make(map[string]Device, len(list))
		for _, d := range list {
			now[d.Path] = d
		}
		var added, removed []Device
		for path, d := range told {
			if !reflect.DeepEqual(now[path], d) {
				removed = append(removed, d)
				delete(told, path)
			}
		}
		for _, d := range list {
			if _, known := told[d.Path]; !known && reflect.DeepEqual(last[d.Path], d) {
				added = append(added, d)
				told[d.Path] = d
			}
		}
		last = now
		if len(added)+len(removed) > 0 {
			tell(added, removed)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
