package gwsim

import (
	"context"
	"time"
)

// sleep waits; false: ctx ended.
func sleep(ctx context.Context, d time.Duration) bool { return wait(ctx, d, nil) }

// wait waits for d; false: ctx ended or the signal came before.
func wait(ctx context.Context, d time.Duration, signal <-chan struct{}) bool {
	over := time.NewTimer(d)
	defer over.Stop()
	select {
	case <-over.C:
		return true
	case <-signal:
		return false
	case <-ctx.Done():
		return false
	}
}
