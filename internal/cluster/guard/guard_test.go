package guard

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"
)

// small limits: 1 MiB for an answer that is no list, half of it for an event.
var small = Limits{Answer: 8 * MiB, Kept: 32 * MiB}

func served(t *testing.T, limits Limits, token string, handler http.HandlerFunc) (*http.Client, string, *Account) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	account := NewAccount(limits, nil)
	config := &rest.Config{Host: server.URL, BearerToken: token, TLSClientConfig: rest.TLSClientConfig{Insecure: true}}
	transport, err := Transport(config, account)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Transport: transport, Timeout: 2 * time.Minute}, server.URL, account
}

// answered is what a client sees of an answer besides its body.
type answered struct {
	code            int
	header, trailer http.Header
	status          string
}

func get(t *testing.T, client *http.Client, address string) (answered, string, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		return answered{}, "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return answered{response.StatusCode, response.Header, response.Trailer, response.Status}, string(body), err
}

func zipped(text io.Reader) []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = io.Copy(w, text)
	_ = w.Close()
	return packed.Bytes()
}

// zeros is JSON of as many bytes that says nothing.
func zeros(bytes int64) io.Reader {
	return io.MultiReader(strings.NewReader(`{"gitVersion":"`), io.LimitReader(endless('0'), bytes), strings.NewReader(`"}`))
}

type endless byte

func (e endless) Read(into []byte) (int, error) {
	for i := range into {
		into[i] = byte(e)
	}
	return len(into), nil
}

func TestWhatAClusterAnswersIsBounded(t *testing.T) {
	bomb := zipped(zeros(40 * MiB))
	say := func(header, value string, body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set(header, value)
			_, _ = w.Write(body)
		}
	}
	forever := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"items":[`))
			for r.Context().Err() == nil {
				if _, err := w.Write([]byte(strings.Repeat(text, 1000))); err != nil {
					return
				}
			}
		}
	}
	for name, test := range map[string]struct {
		path    string
		handler http.HandlerFunc
		want    string
	}{
		"a gzip bomb":                {"/version", say("Content-Encoding", "gzip", bomb), "more than 1 MiB in one answer"},
		"a gzip bomb as a list":      {"/pods?limit=500", say("Content-Encoding", "gzip", bomb), "more than 8 MiB in one answer"},
		"a gzip bomb as a watch":     {"/pods?watch=1", say("Content-Encoding", "gzip", bomb), "an encoding that was not asked for"},
		"deflate":                    {"/version", say("Content-Encoding", "deflate", bomb), "an encoding that was not asked for"},
		"gzip twice":                 {"/version", say("Content-Encoding", "gzip, gzip", bomb), "an encoding that was not asked for"},
		"an answer without end":      {"/version", forever("a"), "more than 1 MiB in one answer"},
		"a list without end":         {"/pods?limit=500", forever(`"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",`), "more than 8 MiB in one answer"},
		"an event without end":       {"/pods?watch=true", forever("a"), "more than 524288 bytes in one event of a watch"},
		"many objects in few bytes":  {"/pods?limit=500", forever("{},"), "more than 32 MiB in all"},
		"many values in few bytes":   {"/pods?limit=500", forever("[],"), "more than 32 MiB in all"},
		"values in values":           {"/version", forever("["), "more than 256 levels of values in one answer"},
		"another type":               {"/version", say("Content-Type", "application/vnd.kubernetes.protobuf", []byte("k8s")), `content of type "application/vnd.kubernetes.protobuf" instead of JSON`},
		"YAML":                       {"/version", say("Content-Type", "application/yaml", []byte("a: &a [*a]")), `content of type "application/yaml" instead of JSON`},
		"a page of a captive portal": {"/version", say("Content-Type", "text/html", []byte("<html>")), `content of type "text/html" instead of JSON`},
		"a watch of something else":  {"/pods?watch=true", say("X", "", []byte("[1]")), "a watch that is not JSON"},
		"a header without end":       {"/version", say("X", strings.Repeat("x", 1<<20), nil), "more than 64 KiB of header"},
		"a redirect": {"/version", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, "redirected"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, address, _ := served(t, small, "", test.handler)
			_, _, err := get(t, client, address+test.path)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want … %s …", err, test.want)
			}
		})
	}
}

func TestAnErrorsBodyIsReadNoFurtherThanAnybodyReads(t *testing.T) {
	client, address, account := served(t, small, "", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write(zipped(zeros(40 * MiB)))
	})
	response, body, err := get(t, client, address)
	if err != nil || response.code != http.StatusInternalServerError || len(body) > longestWords {
		t.Errorf("code %d, %d bytes, error %v", response.code, len(body), err)
	}
	if err := account.Exceeded(); err != nil {
		t.Error(err)
	}
}

func TestAnswersWithinTheLimitsArriveAsTheyAre(t *testing.T) {
	const answer = `{"a":"1 \" \\ } \\u0041 é \u00e9 \u003c","items":[{"b":[1,2,{}]},{}]}`
	for name, encoding := range map[string]string{"plain": "", "packed": "gzip"} {
		t.Run(name, func(t *testing.T) {
			client, address, account := served(t, small, "", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				body := []byte(answer)
				if encoding != "" {
					w.Header().Set("Content-Encoding", encoding)
					body = zipped(bytes.NewReader(body))
				}
				_, _ = w.Write(body)
			})
			_, body, err := get(t, client, address+"?limit=1")
			var want, got any
			if json.Unmarshal([]byte(answer), &want) != nil || json.Unmarshal([]byte(body), &got) != nil || fmt.Sprint(want) != fmt.Sprint(got) || err != nil {
				t.Errorf("got %s (%v)", body, err)
			}
			if account.Taken() != 0 {
				t.Errorf("%d bytes are still taken", account.Taken())
			}
		})
	}
}

func TestAWatchIsHandedOverEventByEvent(t *testing.T) {
	hold := make(chan struct{})
	client, address, account := served(t, small, "", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for _, part := range []string{`{"type":"ADDED","object`, `":{"a":"}{"}}` + "\n" + `{"type":"MOD`, `IFIED"}`} {
			_, _ = w.Write([]byte(part))
			w.(http.Flusher).Flush()
		}
		<-hold
	})
	defer close(hold)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"?watch=true", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	events := json.NewDecoder(response.Body)
	for _, want := range []string{"ADDED", "MODIFIED"} {
		var event struct{ Type string }
		if err := events.Decode(&event); err != nil || event.Type != want {
			t.Errorf("event is %v (%v), want %s", event, err, want)
		}
	}
	if account.Taken() != 0 {
		t.Errorf("%d bytes are still taken", account.Taken())
	}
}

func TestAWatchAtRestKeepsNothingOfItsLastEvent(t *testing.T) {
	event := `{"type":"ADDED","object":{"name":"` + strings.Repeat("x", 100_000) + `"}}`
	f := &frames{
		ctx: t.Context(), inner: io.NopCloser(strings.NewReader(event)), account: NewAccount(DefaultLimits(), nil),
		stream: true, most: MiB, what: "one event of a watch",
	}
	into := make([]byte, 4<<10)
	for read := 0; read < len(event)+1; {
		n, err := f.Read(into)
		if err != nil {
			t.Fatal(err)
		}
		read += n
	}
	if f.out != nil || f.frame != nil {
		t.Error("the event was handed over and is kept, too")
	}
}

func TestWhatIsKeptIsBoundedAndTheAccountThenClosed(t *testing.T) {
	over := make(chan struct{})
	account := NewAccount(small, func() { close(over) })
	if err := account.Take(small.Kept); err != nil {
		t.Fatal(err)
	}
	if err := account.Take(1); err == nil || !strings.Contains(err.Error(), "more than 32 MiB in all") {
		t.Errorf("error is %v", err)
	}
	<-over
	if err := account.Take(-small.Kept); err == nil {
		t.Error("the account is open again")
	}
}

func TestOfAllClustersTheGreediestLetsGo(t *testing.T) {
	limits := small
	limits.Pool = NewPool(40 * MiB)
	modest, greedy, late := NewAccount(limits, nil), NewAccount(limits, nil), NewAccount(limits, nil)
	if err := errors.Join(modest.Take(5*MiB), greedy.Take(30*MiB), late.Take(1*MiB), modest.Take(1*MiB)); err != nil {
		t.Fatal(err)
	}
	if err := late.Take(10 * MiB); err != nil || modest.Exceeded() != nil {
		t.Errorf("who takes less suffers: %v, %v", err, modest.Exceeded())
	}
	if err := greedy.Exceeded(); err == nil || !strings.Contains(err.Error(), "beside what other clusters take") {
		t.Errorf("the greediest: %v", err)
	}
	_ = greedy.Take(-30 * MiB)
	if err := late.Take(15 * MiB); err != nil {
		t.Errorf("what was given back is not free: %v", err)
	}
}

func TestAWatchThatStreamsTooFastIsReadSlowly(t *testing.T) {
	event := `{"type":"MODIFIED","object":"` + strings.Repeat("a", 8<<10) + `"}`
	client, address, account := served(t, small, "", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for r.Context().Err() == nil {
			if _, err := w.Write([]byte(event)); err != nil {
				return
			}
		}
	})
	account.pace.SetBurst(1 * MiB)
	client.Timeout = time.Second
	_, body, err := get(t, client, address+"?watch=true")
	if err == nil || len(body) > 2*(paceBytes+MiB) {
		t.Errorf("%d bytes were read in a second (%v)", len(body), err)
	}
}

// presigned is what an EKS token is made of.
const presigned = "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&X-Amz-Security-Token=IQoJb3JpZ2luX2VjEDoaCWV1LXdlc3QtMSJHMEUCIQDp&X-Amz-Signature=0ff1ce0ff1ce0ff1ce0ff1ce0ff1ce0ff1ce0ff1ce0ff1ce0ff1ce0ff1ce0ff1"

func tokens() map[string]string {
	return map[string]string{
		"short":     "S3CRET-S3CRET",
		"bootstrap": "abcdef.0123456789abcdef",
		"JWT":       "eyJhbGciOiJSUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"system:serviceaccount:a:b"}`)) + ".c2lnbmF0dXJlIG9mIHRoaXMgdG9rZW4_-dGhhdCBub2JvZHkga25vd3M",
		"EKS":       "k8s-aws-v1." + base64.RawURLEncoding.EncodeToString([]byte(presigned)),
	}
}

func forms(token string) map[string]string {
	escaped := ""
	for _, r := range token {
		escaped += fmt.Sprintf(`\u%04x`, r)
	}
	return map[string]string{
		"as it is": token, "as a header": "Bearer " + token, "base64": base64.StdEncoding.EncodeToString([]byte(token)),
		"base64 for URLs": base64.RawURLEncoding.EncodeToString([]byte(token)), "a header in base64": base64.StdEncoding.EncodeToString([]byte("Authorization: Bearer " + token)),
		"a list in base64": base64.StdEncoding.EncodeToString([]byte("ab " + token)), "percent-encoded": percent(token), "as a query": url.QueryEscape(token),
		"JSON escapes": escaped,
	}
}

// wantsNone fails if text holds a piece of the token, in any form.
func wantsNone(t *testing.T, text, token string) {
	t.Helper()
	for name, form := range forms(token) {
		piece := form[max(0, len(form)/2-10):min(len(form), len(form)/2+10)]
		if strings.Contains(text, piece) {
			t.Errorf("%s: %q is in %.300q", name, piece, text)
		}
	}
}

func TestACredentialThatIsSentBackIsTakenOut(t *testing.T) {
	for kind, token := range tokens() {
		for form, text := range forms(token) {
			if kind == "short" && strings.Contains(form, "in base64") {
				continue // too short to be told from any other text
			}
			t.Run(kind+" "+form, func(t *testing.T) {
				t.Parallel()
				for where, answer := range map[string]func(http.ResponseWriter){
					"an answer": func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"a":"` + text + `","b":1}`)) },
					"a Status": func(w http.ResponseWriter) {
						w.WriteHeader(http.StatusForbidden)
						_, _ = w.Write([]byte(`{"kind":"Status","message":"` + text + `","reason":"` + text + `","details":{"name":"` + text + `","causes":[{"message":"` + text + `"}]}}`))
					},
					"an error's text": func(w http.ResponseWriter) {
						w.WriteHeader(http.StatusBadGateway)
						_, _ = w.Write([]byte(text))
					},
					"headers": func(w http.ResponseWriter) {
						for _, name := range []string{"Warning", "Location", "Audit-Id", "Date", "Retry-After"} {
							w.Header().Set(name, text)
						}
						w.WriteHeader(http.StatusTooManyRequests)
					},
					"a content type": func(w http.ResponseWriter) { w.Header().Set("Content-Type", text) },
				} {
					if form == "JSON escapes" && where != "an answer" && where != "a Status" {
						continue // no escapes there
					}
					client, address, _ := served(t, small, token, func(w http.ResponseWriter, _ *http.Request) {
						w.Header().Set("Content-Type", "application/json")
						answer(w)
					})
					for _, path := range []string{"/version", "/pods?limit=1", "/pods?watch=true"} {
						response, body, err := get(t, client, address+path)
						shown := body + fmt.Sprint(err, response)
						wantsNone(t, shown, token)
					}
				}
			})
		}
	}
}

func TestThePartsOfAnEKSTokenAreTakenOutToo(t *testing.T) {
	account := NewAccount(small, nil)
	account.secrets.learn(tokens()["EKS"])
	for _, text := range []string{presigned, percent(presigned), hex.EncodeToString([]byte(tokens()["EKS"]))} {
		safe := account.secrets.words(text)
		for _, secret := range []string{"0ff1ce0ff1ce", "IQoJb3JpZ2lu", percent("0ff1ce0ff1ce"), hex.EncodeToString([]byte("0ff1ce0ff1ce"))} {
			if strings.Contains(safe, secret) {
				t.Errorf("%q is in %q", secret, safe)
			}
		}
	}
	if safe := account.secrets.words("https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity"); strings.Contains(safe, redacted) {
		t.Errorf("more than secrets is taken out: %s", safe)
	}
}

func TestAClientKeyThatIsSentBackIsTakenOut(t *testing.T) {
	line := func(c string) string { return strings.Repeat(c, 16) }
	key := "-----BEGIN EC PRIVATE KEY-----\n" + line("MHcC") + "\n" + line("AQEE") + "\n" + line("IJ+/") + "\n-----END EC PRIVATE KEY-----\n"
	account := NewAccount(small, nil)
	account.secrets.learn(key)
	quoted, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(quoted), `"` + base64.StdEncoding.EncodeToString([]byte(key)) + `"`, `"` + url.QueryEscape(key) + `"`} {
		safe := string(account.secrets.scrub([]byte(text)))
		for _, part := range []string{"MHcCMHcC", "AQEEAQEE", base64.StdEncoding.EncodeToString([]byte("MHcCMHcCMHcC"))} {
			if strings.Contains(safe, part) {
				t.Errorf("%q is in %q", part, safe)
			}
		}
	}
	if safe := account.secrets.words("-----BEGIN EC PRIVATE KEY-----"); safe != "-----BEGIN EC PRIVATE KEY-----" {
		t.Errorf("a frame of every key is taken out: %s", safe)
	}
}

func TestAServersWordsAreOneShortLine(t *testing.T) {
	account := NewAccount(small, nil)
	said := account.secrets.words("one\r\n\ttwo\x1b[31m \u202ethree " + strings.Repeat("x", 60_000))
	if !strings.HasPrefix(said, "one two[31m three xxx") || len(said) > longestWords {
		t.Errorf("said %d bytes: %.60q", len(said), said)
	}
}

func TestAnErrorKeepsItsKindWhenItsTextIsCut(t *testing.T) {
	account := NewAccount(small, nil)
	cause := &url.Error{Op: "Get", URL: strings.Repeat("a", 600), Err: io.ErrUnexpectedEOF}
	if err := clean(account, cause); !errors.Is(err, io.ErrUnexpectedEOF) || len(err.Error()) > longestWords {
		t.Errorf("error is %v", err)
	}
}

func BenchmarkScanAndScrub(b *testing.B) {
	account := NewAccount(DefaultLimits(), nil)
	for _, token := range tokens() {
		account.secrets.learn(token)
	}
	page := []byte(strings.Repeat(`{"metadata":{"name":"shop-7d9f8b6c5-abcde","uid":"0b9f2c1e-7a1d-4d0e-9a55-7b6c5d4e3f2a","labels":{"app":"shop"}},"spec":{"nodeName":"ip-10-11-0-1"}},`, 7000))
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		var s scanner
		s.scan(page)
		account.secrets.scrub(page)
	}
}
