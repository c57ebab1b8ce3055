#!/usr/bin/env bash
# One would guess that Java makes a frame of 16 bits (TYPE_USHORT_GRAY) smaller or turns it in 16 bits, where the picture drawn into has 16 bits too, and that
# Thumbnailator, which gives back the same type of picture, keeps what is in it.
# Drawing with bilinear or bicubic interpolation goes through 8 bits: a 12-bit frame has 16 greys afterwards, and the result is still a picture of 16 bits, up to 3855 for
# 4095. Nearest neighbour and an unscaled copy keep all. Thumbnailator's thumbnails and turns are drawn so. AffineTransformOp without a picture for its result makes
# one of colours with 8 bits, where 4095 of 65535, a sixteenth, is 71 of 255. ConvolveOp and RescaleOp keep 16 bits.
# It matters where 12-bit frames of a camera or of an X-ray detector are scaled or straightened in Java before a threshold: steps of 256 stand where contrasts of 20
# were, and the type, the size and the brightness look right. What helps: AffineTransformOp with a picture of 16 bits for the result.
# Versions: OpenJDK 17, net.coobird:thumbnailator 0.4.20.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >pom.xml <<'EOF'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>greys</groupId>
  <artifactId>greys</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>net.coobird</groupId><artifactId>thumbnailator</artifactId><version>0.4.20</version></dependency>
  </dependencies>
</project>
EOF
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib >/dev/null
cat >Greys.java <<'EOF'
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.AffineTransformOp;
import java.awt.image.BufferedImage;
import java.awt.image.ConvolveOp;
import java.awt.image.Kernel;
import java.util.TreeSet;
import net.coobird.thumbnailator.Thumbnails;

public class Greys {
  static final int SIDE = 400;
  static boolean wrong = false;

  static BufferedImage empty(int side) {
    return new BufferedImage(side, side, BufferedImage.TYPE_USHORT_GRAY);
  }

  static BufferedImage drawn(BufferedImage frame, int side, Object how) {
    BufferedImage result = empty(side);
    Graphics2D graphics = result.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, how);
    graphics.drawImage(frame, 0, 0, side, side, null);
    return result;
  }

  static void see(String name, BufferedImage picture, int most, int greys) {
    TreeSet<Integer> found = new TreeSet<>();
    for (int y = 0; y < picture.getHeight(); y++)
      for (int x = 0; x < picture.getWidth(); x++) found.add(picture.getRaster().getSample(x, y, 0));
    System.out.println(name + ": " + found.size() + " greys up to " + found.last() + ", type " + picture.getType());
    wrong |= Math.abs(found.size() - greys) > 1 || Math.abs(found.last() - most) > 12;
  }

  public static void main(String[] none) throws Exception {
    BufferedImage frame = empty(SIDE);
    for (int y = 0; y < SIDE; y++)
      for (int x = 0; x < SIDE; x++) frame.getRaster().setSample(x, y, 0, x * 4095 / (SIDE - 1));
    see("a frame of 12 bits", frame, 4095, 400);
    see("copied", drawn(frame, SIDE, RenderingHints.VALUE_INTERPOLATION_BILINEAR), 4095, 400);
    see("half as large, nearest neighbour", drawn(frame, SIDE / 2, RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR), 4095, 200);
    see("half as large, bilinear", drawn(frame, SIDE / 2, RenderingHints.VALUE_INTERPOLATION_BILINEAR), 3855, 16);
    see("half as large, bicubic", drawn(frame, SIDE / 2, RenderingHints.VALUE_INTERPOLATION_BICUBIC), 3855, 16);
    see("Thumbnailator, half as large", Thumbnails.of(frame).size(SIDE / 2, SIDE / 2).asBufferedImage(), 3855, 16);
    see("Thumbnailator, turned by 90 degrees", Thumbnails.of(frame).scale(1).rotate(90).asBufferedImage(), 3855, 16);
    AffineTransformOp half = new AffineTransformOp(AffineTransform.getScaleInstance(0.5, 0.5), AffineTransformOp.TYPE_BILINEAR);
    see("AffineTransformOp by itself", half.filter(frame, null), 71, 71);
    see("AffineTransformOp into 16 bits", half.filter(frame, empty(SIDE / 2)), 4085, 200);
    float[] mean = new float[9];
    java.util.Arrays.fill(mean, 1 / 9f);
    see("ConvolveOp", new ConvolveOp(new Kernel(3, 3, mean)).filter(frame, null), 4084, 399);
    if (wrong) {
      System.out.println("changed: other greys");
      System.exit(1);
    }
    System.exit(0);
  }
}
EOF
javac -cp 'lib/*' Greys.java
java -Djava.awt.headless=true -cp 'lib/*:.' Greys
