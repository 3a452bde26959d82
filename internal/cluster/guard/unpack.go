package guard

import (
	"compress/gzip"
	"io"
	"strings"
)

// unpacked is the body without its encoding: at most gzip was asked for. What comes of it is
// counted by who reads it.
func unpacked(body io.ReadCloser, encodings []string, gzipAsked bool) (io.ReadCloser, error) {
	switch encoding := strings.ToLower(strings.TrimSpace(strings.Join(encodings, ","))); {
	case encoding == "", encoding == "identity":
		return body, nil
	case encoding == "gzip" && gzipAsked:
		return &gunzip{packed: body}, nil
	default:
		return nil, unfit("an encoding that was not asked for")
	}
}

// gunzip starts to unpack at the first read, which has the time of a read.
type gunzip struct {
	packed io.ReadCloser
	reader *gzip.Reader
}

// Read implements io.Reader.
func (g *gunzip) Read(into []byte) (int, error) {
	if g.reader == nil {
		reader, err := gzip.NewReader(g.packed)
		if err != nil {
			return 0, err
		}
		g.reader = reader
	}
	return g.reader.Read(into)
}

// Close implements io.Closer.
func (g *gunzip) Close() error { return g.packed.Close() }
