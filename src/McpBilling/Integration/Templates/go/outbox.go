package billing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Usage that happened while billing could not be reached: one file per report, sent again until billing has it.
// The file's name comes from the report's own id, so the same report is kept, and charged, once.

// DECIDE: this folder must outlive a restart of the app. On a host without a disk of its own, mount one and name it here.
var outboxFolder = folderOr("billing-outbox")

const outboxEvery = 5 * time.Second

var (
	startOnce sync.Once
	flushing  sync.Mutex
)

func folderOr(standard string) string {
	if folder := os.Getenv("MCP_BILLING_OUTBOX"); folder != "" {
		return folder
	}
	return standard
}

// Start sends what was kept, now and every few seconds. Call it once, when the app starts.
func Start() {
	startOnce.Do(func() {
		go func() {
			for {
				if err := Flush(context.Background()); err != nil {
					log.Printf("billing outbox: %v", err)
				}
				time.Sleep(outboxEvery)
			}
		}()
	})
}

// keep writes a report to disk until billing has it.
func keep(customerID, eventID string, call UsageCall) error {
	if err := os.MkdirAll(outboxFolder, 0o700); err != nil {
		return err
	}
	text, err := json.Marshal(call)
	if err != nil {
		return err
	}
	draft, err := os.CreateTemp(outboxFolder, "*.draft")
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name()) // does nothing once it is renamed
	_, err = draft.Write(text)
	if err == nil {
		err = draft.Sync()
	}
	if closed := draft.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	name := sha256.Sum256([]byte(customerID + "\n" + eventID))
	return os.Rename(draft.Name(), filepath.Join(outboxFolder, hex.EncodeToString(name[:])+".json"))
}

// Flush sends what was kept. Start does it every few seconds; call it at the end of a short-lived process.
func Flush(ctx context.Context) error {
	flushing.Lock()
	defer flushing.Unlock()
	paths, err := filepath.Glob(filepath.Join(outboxFolder, "*.json"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			continue // another process has just sent it
		}
		var call UsageCall
		if err == nil {
			err = json.Unmarshal(text, &call)
		}
		if err != nil {
			return err
		}
		_, err = send(ctx, call)
		var refused *RefusedError
		switch {
		case err == nil:
			os.Remove(path)
		case errors.Is(err, ErrUnavailable):
			return nil // the next round sees
		case errors.As(err, &refused) && refused.Code == "idempotency_conflict":
			// An earlier try got through although its answer was lost: the event is charged already.
			os.Remove(path)
		case errors.As(err, &refused) && refused.Status != 401 && refused.Status != 403:
			// Nothing that happened is thrown away: mend the cause, then rename the file back.
			log.Printf("billing outbox: %s: %v", path, err)
			os.Rename(path, path+".refused")
		default:
			return err
		}
	}
	return nil
}
