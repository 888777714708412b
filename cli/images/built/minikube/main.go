// Command minikube is Minikube with the Docker driver alone: upstream's main registers every driver, and the one for
// KVM needs cgo.
package main

import (
	"flag"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/klog/v2"
	"k8s.io/minikube/cmd/minikube/cmd"
	"k8s.io/minikube/cmd/minikube/cmd/flags"
	"k8s.io/minikube/pkg/minikube/constants"
	"k8s.io/minikube/pkg/minikube/localpath"
	"k8s.io/minikube/pkg/minikube/machine"
	"k8s.io/minikube/pkg/minikube/out"
	_ "k8s.io/minikube/pkg/minikube/registry/drvs/docker"
	_ "k8s.io/minikube/pkg/provision"
)

func main() {
	options := flags.CommandOptions()
	logToFile()
	if os.Getenv(constants.IsMinikubeChildProcess) == "" {
		machine.StartDriver(options)
	}
	out.SetOutFile(os.Stdout)
	out.SetErrFile(os.Stderr)
	cmd.Execute()
	klog.Flush()
	// A goroutine of Minikube writes the last event of a start. When the process ends first, Minikube counts the
	// profile as "Starting" for ten minutes.
	time.Sleep(200 * time.Millisecond)
}

// logToFile sends klog to a file unless the user's flags choose another place, as upstream's main does.
func logToFile() {
	pflag.CommandLine.ParseErrorsAllowlist.UnknownFlags = true
	pflag.CommandLine.AddGoFlagSet(flag.CommandLine)
	pflag.BoolP("help", "h", false, "")
	pflag.Parse()
	for _, name := range []string{"logtostderr", "alsologtostderr"} {
		if !pflag.CommandLine.Changed(name) {
			_ = pflag.Set(name, "false")
		}
	}
	if pflag.CommandLine.Changed("log_file") || pflag.CommandLine.Changed("log_dir") {
		return
	}
	file := filepath.Join(os.TempDir(), "minikube.log")
	if pflag.Arg(0) == "start" {
		file = localpath.LastStartLog()
	}
	_ = os.MkdirAll(filepath.Dir(file), 0o755)
	_ = pflag.Set("log_file", file)
}
