package awssim

import (
	"cmp"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

var accountNumber = regexp.MustCompile(`^[0-9]{12}$`)

// controlPrefix is where the control interface is; AWS has no path like it.
const controlPrefix = "/_awssim/"

// control is the control interface. It is for tests and demos and takes anybody's word.
func (c *Cloud) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+controlPrefix+"journal", c.getJournal)
	mux.HandleFunc("DELETE "+controlPrefix+"journal", done(func(*http.Request) { c.ClearJournal() }))
	mux.HandleFunc("GET "+controlPrefix+"faults", get(func() any { return c.Faults() }))
	mux.HandleFunc("POST "+controlPrefix+"faults", c.postFault)
	mux.HandleFunc("DELETE "+controlPrefix+"faults", done(func(r *http.Request) { c.RemoveFault(r.FormValue("id")) }))
	mux.HandleFunc("GET "+controlPrefix+"config", get(func() any { return c.Timing() }))
	mux.HandleFunc("PUT "+controlPrefix+"config", c.putConfig)
	mux.HandleFunc("GET "+controlPrefix+"clock", get(func() any { return map[string]time.Time{"now": c.Clock().Now()} }))
	mux.HandleFunc("POST "+controlPrefix+"clock", c.postClock)
	mux.HandleFunc("POST "+controlPrefix+"reset", done(func(*http.Request) { c.Reset() }))
	mux.HandleFunc("GET "+controlPrefix+"state", get(func() any { return c.Dump() }))
	mux.HandleFunc("POST "+controlPrefix+"policies", c.postPolicy)
	mux.HandleFunc("DELETE "+controlPrefix+"policies", done(func(r *http.Request) { c.ClearPolicy(r.FormValue("arn")) }))
	mux.HandleFunc("POST "+controlPrefix+"keys", c.postKey)
	c.serviceControl(mux)
	return mux
}

func get(read func() any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { reply(w, read()) }
}

func done(do func(*http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		do(r)
		w.WriteHeader(http.StatusNoContent)
	}
}

func reply(w http.ResponseWriter, value any) {
	body, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	// A client that has gone away is no concern of the server's.
	_, _ = w.Write(append(body, '\n'))
}

// read decodes a JSON body strictly; it has answered when it returns false.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maximumBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

func (c *Cloud) getJournal(w http.ResponseWriter, r *http.Request) {
	since, err := strconv.ParseInt(cmp.Or(r.FormValue("since"), "0"), 10, 64)
	if err != nil {
		http.Error(w, "since: "+err.Error(), http.StatusBadRequest)
		return
	}
	reply(w, c.Journal(Query{
		Service: r.FormValue("service"), Action: r.FormValue("action"), Code: r.FormValue("code"),
		Account: r.FormValue("account"), Region: r.FormValue("region"), Since: since,
	}))
}

func (c *Cloud) postFault(w http.ResponseWriter, r *http.Request) {
	var fault Fault
	if !read(w, r, &fault) {
		return
	}
	id, err := c.Inject(fault)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	reply(w, map[string]string{"id": id})
}

func (c *Cloud) putConfig(w http.ResponseWriter, r *http.Request) {
	var timing Timing
	switch preset := r.FormValue("preset"); preset {
	case "realistic":
		timing = Realistic()
	case "instant":
		timing = Instant()
	case "":
		if !read(w, r, &timing) {
			return
		}
	default:
		http.Error(w, "unknown preset "+strconv.Quote(preset)+": want realistic or instant", http.StatusBadRequest)
		return
	}
	c.SetTiming(timing)
	reply(w, c.Timing())
}

func (c *Cloud) postClock(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Advance Duration `json:"advance"`
	}
	if !read(w, r, &request) {
		return
	}
	c.Clock().Advance(time.Duration(request.Advance))
	reply(w, map[string]time.Time{"now": c.Clock().Now()})
}

func (c *Cloud) postPolicy(w http.ResponseWriter, r *http.Request) {
	var request struct {
		ARN       string   `json:"arn"`
		Deny      []string `json:"deny"`
		AllowOnly []string `json:"allowOnly"`
		// Policies are documents by name; of an account, whose number is in the place of the ARN, service control policies.
		Policies map[string]json.RawMessage `json:"policies"`
	}
	if !read(w, r, &request) {
		return
	}
	attach := c.AttachPolicy
	if accountNumber.MatchString(request.ARN) {
		attach = c.SetServiceControlPolicy
	}
	for name, policy := range request.Policies {
		if err := attach(request.ARN, name, policy); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	if request.AllowOnly != nil {
		c.AllowOnly(request.ARN, request.AllowOnly...)
	}
	c.Deny(request.ARN, request.Deny...)
	w.WriteHeader(http.StatusNoContent)
}

func (c *Cloud) postKey(w http.ResponseWriter, r *http.Request) {
	var request struct {
		AccessKey string    `json:"accessKey"`
		Principal Principal `json:"principal"`
	}
	if !read(w, r, &request) {
		return
	}
	c.RegisterKey(request.AccessKey, request.Principal)
	w.WriteHeader(http.StatusNoContent)
}
