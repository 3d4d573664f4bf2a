package sluice.lake;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/**
 * Runs a file of Flink SQL: {@code SqlRunner lake.sql [--restore PATH] [--savepoints FOLDER] [--detached]}.
 *
 * <p>Without {@code execution.target} in the configuration, cluster and job are this one JVM; with {@code --savepoints}
 * SIGTERM stops the job with one. With
 * {@code execution.target: remote} the job is given to a session cluster; with {@code --detached} this process ends then. {@code ${NAME}} in the
 * file is the environment variable NAME: neither secrets nor addresses stand in it.
 */
public final class SqlRunner {
  private static final Pattern SET = Pattern.compile("(?is)SET\\s+'([^']+)'\\s*=\\s*'([^']*)'");
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z][A-Z0-9_]*)}");
  private static final long STOP_SECONDS = 60;

  private SqlRunner() {}

  public static void main(String[] args) throws Exception {
    String file = args[0];
    String restore = null;
    String savepoints = null;
    boolean detached = false;
    for (int i = 1; i < args.length; i++) {
      switch (args[i]) {
        case "--restore" -> restore = args[++i];
        case "--savepoints" -> savepoints = args[++i];
        case "--detached" -> detached = true;
        default -> throw new IllegalArgumentException("unknown option " + args[i]);
      }
    }
    List<String> statements = statements(fill(Files.readString(Path.of(file))));
    Configuration configuration = GlobalConfiguration.loadConfiguration(System.getenv("FLINK_CONF_DIR"));
    for (String statement : statements) {
      Matcher set = SET.matcher(statement);
      if (set.matches()) configuration.setString(set.group(1), set.group(2));
    }
    if (restore != null) configuration.setString("execution.state-recovery.path", restore);
    var tables = StreamTableEnvironment.create(environment(configuration));
    TableResult last = null;
    for (String statement : statements) {
      if (SET.matcher(statement).matches()) continue;
      TableResult result = tables.executeSql(statement);
      if (result.getJobClient().isPresent()) last = result;
    }
    if (last == null) throw new IllegalArgumentException(file + " starts no job");
    JobClient job = last.getJobClient().orElseThrow();
    System.out.println("job " + job.getJobID());
    if (detached) System.exit(0);
    if (savepoints == null) {
      last.await(); // whoever runs the cluster stops the job
      return;
    }
    stopOnSignal(job, savepoints);
    last.await();
    System.exit(0);
  }

  /** Flink's own choice is this JVM, whatever target is configured, unless the job was submitted by Flink. */
  private static StreamExecutionEnvironment environment(Configuration configuration) {
    return configuration.containsKey("execution.target")
        ? new StreamExecutionEnvironment(configuration)
        : StreamExecutionEnvironment.getExecutionEnvironment(configuration);
  }

  /** What the environment does not name is an error: an empty address would be taken for one. */
  private static String fill(String sql) {
    return VARIABLE
        .matcher(sql)
        .replaceAll(
            found -> {
              String value = System.getenv(found.group(1));
              if (value == null) throw new IllegalArgumentException(found.group(1) + " is not set");
              return Matcher.quoteReplacement(value);
            });
  }

  /** A statement ends with a semicolon at the end of a line, outside of quotes; a statement set with its END. */
  private static List<String> statements(String sql) {
    var statements = new ArrayList<String>();
    var text = new StringBuilder();
    boolean quoted = false;
    boolean block = false;
    for (String line : sql.split("\n")) {
      if (!quoted && line.stripLeading().startsWith("--")) continue;
      for (char c : line.toCharArray()) if (c == '\'') quoted = !quoted;
      text.append(line).append('\n');
      if (line.strip().toUpperCase().endsWith("SET BEGIN")) block = true;
      boolean ends = !quoted && line.stripTrailing().endsWith(";");
      if (ends && (!block || line.strip().equalsIgnoreCase("END;"))) {
        String statement = text.toString().strip();
        statements.add(statement.substring(0, statement.length() - 1));
        text.setLength(0);
        block = false;
      }
    }
    return statements;
  }

  /** What was checkpointed stays where it is, so that a stop that fails loses nothing: the next start goes on from there. */
  private static void stopOnSignal(JobClient job, String savepoints) {
    for (String name : List.of("TERM", "INT")) {
      sun.misc.Signal.handle(
          new sun.misc.Signal(name),
          signal ->
              new Thread(
                      () -> {
                        try {
                          String path =
                              job.stopWithSavepoint(false, savepoints, SavepointFormatType.CANONICAL)
                                  .get(STOP_SECONDS, TimeUnit.SECONDS);
                          System.out.println("savepoint " + path);
                        } catch (Exception failure) {
                          System.out.println("stopped without a savepoint: " + failure);
                        }
                        System.exit(0);
                      },
                      "stop")
                  .start());
    }
  }
}
