package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Paths and headers of the server.
const (
	pathAddress  = "/address"
	pathUpload   = "/upload"
	pathDownload = "/download"
	// headerRun carries the run that a server belongs to: an address may have
	// gone to another pod since.
	headerRun = "Crossvpc-Run"
)

const (
	// requestTimeout bounds a request with its body: clients that stall are no
	// reason to keep a connection.
	requestTimeout = 30 * time.Second
	// mostBytes bounds what a client may send or ask for.
	mostBytes = 1 << 20
	// shutdownTimeout is for answers in progress when the server ends.
	shutdownTimeout = time.Second
)

// Serve answers on the listener until the context ends: with the address that it
// saw a client have, and by taking and sending as many bytes as the client likes.
func Serve(ctx context.Context, listener net.Listener, run string) error {
	server := &http.Server{
		Handler:           handler(run),
		ReadHeaderTimeout: requestTimeout, ReadTimeout: requestTimeout, WriteTimeout: requestTimeout,
		MaxHeaderBytes: 1 << 12,
	}
	ended := make(chan error, 1)
	go func() {
		<-ctx.Done()
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		ended <- server.Shutdown(ending)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving on %s: %w", listener.Addr(), err)
	}
	if err := <-ended; err != nil {
		return server.Close() // a client that stalls does not keep the pod
	}
	return nil
}

func handler(run string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pathAddress, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.RemoteAddr)
	})
	mux.HandleFunc("POST "+pathUpload, func(w http.ResponseWriter, r *http.Request) {
		received, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, mostBytes))
		if err != nil {
			http.Error(w, "the body could not be read to its end", http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, strconv.FormatInt(received, 10))
	})
	mux.HandleFunc("GET "+pathDownload+"/{bytes}", func(w http.ResponseWriter, r *http.Request) {
		size, err := strconv.Atoi(r.PathValue("bytes"))
		if err != nil || size < 0 || size > mostBytes {
			http.Error(w, "bytes must be from 0 to 1048576", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(size))
		_, _ = w.Write(make([]byte, size))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(headerRun, run)
		mux.ServeHTTP(w, r)
	})
}
